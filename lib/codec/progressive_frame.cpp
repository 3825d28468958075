#include "codec/progressive_frame.hpp"

#include <algorithm>

#include "codec/jpeg_marker.hpp"

namespace locket::codec {
namespace {

constexpr std::uint8_t last_place_max = 63;
constexpr std::uint8_t low_bit_max = 13;

/// Reads the segments from SOI to EOI. Each step gives whether all was usual.
class FrameWalk {
 public:
  explicit FrameWalk(const JpegLayout& layout) noexcept
      : picture_(reinterpret_cast<const std::uint8_t*>(layout.picture.data()), layout.picture.size()),
        layout_(layout),
        tables_(layout) {
    for (auto& bits : missing_bits_) bits.fill(never_sent);
  }

  std::optional<ProgressiveFrame> run();

 private:
  static constexpr std::int8_t never_sent = -1;

  bool take_frame() noexcept;
  bool take_scan(JpegTables::Body body, ProgressiveScan& scan) noexcept;
  bool take_places(JpegTables::Body spectrum, ProgressiveScan& scan) noexcept;
  bool take_codes(JpegTables::Body components, ProgressiveScan& scan) const noexcept;
  [[nodiscard]] std::uint64_t units_of(const ProgressiveScan& scan) const noexcept;
  [[nodiscard]] bool all_sent() const noexcept;

  JpegTables::Body picture_;
  const JpegLayout& layout_;
  JpegTables tables_;
  ProgressiveFrame frame_;
  /// Of each coefficient: so many of its lowest bits no scan has brought yet.
  std::array<std::array<std::int8_t, 64>, 3> missing_bits_{};
};

std::optional<ProgressiveFrame> FrameWalk::run() {
  std::size_t at = 2;
  while (picture_.size() - at > 2) {
    const std::optional<JpegSegment> segment = jpeg_segment_at(picture_, at);
    if (!segment) return std::nullopt;
    at = segment->end;
    const std::uint8_t marker = segment->marker;
    if (marker != sos) {
      // Where the first scan begins, libjpeg has decided about colours and steps.
      const bool in_place = frame_.scans.empty() || marker == dht || marker == dri || marker == comment;
      if (!in_place || !tables_.take(marker, segment->body)) return std::nullopt;
      continue;
    }
    if (frame_.scans.empty() && !take_frame()) return std::nullopt;
    ProgressiveScan& scan = frame_.scans.emplace_back();
    if (!take_scan(segment->body, scan)) return std::nullopt;
    const auto end = usual_data_end(picture_.subspan(at), restarts_between(units_of(scan), scan.restart_units));
    if (!end) return std::nullopt;
    scan.data = layout_.picture.subspan(at);
    at += *end;
  }
  if (!all_sent()) return std::nullopt;
  return std::move(frame_);
}

bool FrameWalk::take_frame() noexcept {
  if (!tables_.has_usual_colours()) return false;
  frame_.size = layout_.size;
  frame_.sampling = tables_.sampling();
  for (std::size_t component = 0; component < layout_.components; ++component) {
    const std::optional<JpegTables::Quantisation> quantisation = tables_.quantisation(component);
    if (!quantisation) return false;
    frame_.quantisation[component] = *quantisation;
  }
  return true;
}

bool FrameWalk::take_scan(JpegTables::Body body, ProgressiveScan& scan) noexcept {
  const std::size_t components = body[0];  // the layout's walk proved that the length fits them
  if (components != 1 && components != layout_.components) return false;
  const std::optional<std::size_t> first = tables_.component_named(body[1]);
  if (!first || *first + components > layout_.components) return false;
  for (std::size_t i = 1; i < components; ++i) {
    if (tables_.component_named(body[1 + 2 * i]) != i) return false;
  }
  scan.first_component = static_cast<std::uint8_t>(*first);
  scan.components = static_cast<std::uint8_t>(components);
  scan.restart_units = tables_.restart_units();
  return take_places(body.last(3), scan) && take_codes(body.subspan(1, 2 * components), scan);
}

/// T.81, G.1.1.1: which coefficients, and which of their bits.
bool FrameWalk::take_places(JpegTables::Body spectrum, ProgressiveScan& scan) noexcept {
  scan.first_place = spectrum[0];
  scan.last_place = spectrum[1];
  scan.low_bit = spectrum[2] & 15U;
  const unsigned known_bit = spectrum[2] >> 4;
  scan.refines = known_bit != 0;
  if (scan.last_place > last_place_max || scan.first_place > scan.last_place || scan.low_bit > low_bit_max)
    return false;
  if (scan.first_place == 0 && scan.last_place != 0) return false;
  if (scan.first_place != 0 && (scan.components != 1 || missing_bits_[scan.first_component][0] == never_sent))
    return false;
  if (scan.refines && known_bit != scan.low_bit + 1U) return false;
  const auto expected = scan.refines ? static_cast<std::int8_t>(known_bit) : never_sent;
  for (std::size_t i = 0; i < scan.components; ++i) {
    for (std::size_t place = scan.first_place; place <= scan.last_place; ++place) {
      std::int8_t& missing = missing_bits_[scan.first_component + i][place];
      if (missing != expected) return false;
      missing = static_cast<std::int8_t>(scan.low_bit);
    }
  }
  return true;
}

bool FrameWalk::take_codes(JpegTables::Body components, ProgressiveScan& scan) const noexcept {
  const bool is_dc = scan.first_place == 0;
  if (is_dc && scan.refines) return true;
  for (std::size_t i = 0; i < scan.components; ++i) {
    const unsigned numbers = components[2 * i + 1];
    scan.codes[i] = is_dc ? tables_.dc_code(numbers >> 4) : tables_.ac_code(numbers & 15U);
    if (scan.codes[i].empty()) return false;
  }
  return true;
}

std::uint64_t FrameWalk::units_of(const ProgressiveScan& scan) const noexcept {
  if (scan.components > 1) {
    const UnitCounts units = unit_counts(frame_.size, frame_.sampling);
    return std::uint64_t{units.across} * units.down;
  }
  const BlockCounts blocks = block_counts(frame_.size, frame_.sampling, scan.first_component);
  return std::uint64_t{blocks.across} * blocks.down;
}

/// Places that no scan names are zero, which is how some encoders leave out what is empty; the first must be there.
bool FrameWalk::all_sent() const noexcept {
  return std::all_of(missing_bits_.begin(), missing_bits_.begin() + layout_.components, [](const auto& bits) {
    return bits[0] == 0 && std::none_of(bits.begin(), bits.end(), [](std::int8_t missing) { return missing > 0; });
  });
}

}  // namespace

BlockCounts block_counts(PixelSize size, ChromaSampling sampling, std::size_t component) noexcept {
  constexpr std::uint32_t side = 8;
  const std::uint32_t width = component == 0 ? side : unit_width_px(sampling);
  const std::uint32_t height = component == 0 ? side : unit_height_px(sampling);
  return {(size.width_px - 1) / width + 1, (size.height_px - 1) / height + 1};
}

std::optional<ProgressiveFrame> read_progressive_frame(const JpegLayout& layout) {
  if (!layout.progressive || layout.components == 4) return std::nullopt;
  return FrameWalk(layout).run();
}

}  // namespace locket::codec
