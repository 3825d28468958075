#include "codec/baseline_scan.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "codec/byte_order.hpp"
#include "codec/jpeg_marker.hpp"

namespace locket::codec {
namespace {

constexpr std::size_t tables_max = 4;
constexpr std::size_t code_counts = 16;
constexpr std::size_t quantisation_bytes = 64;
constexpr std::uint64_t restart_markers = 8;

/// Reads the segments before the data. Each step gives whether all was usual.
class TableWalk {
 public:
  explicit TableWalk(const JpegLayout& layout) noexcept
      : picture_(reinterpret_cast<const std::uint8_t*>(layout.picture.data()), layout.picture.size()),
        layout_(layout) {}

  std::optional<BaselineScan> run() noexcept;

 private:
  using Body = std::span<const std::uint8_t>;

  bool take(std::uint8_t marker, Body body) noexcept;
  bool take_quantisation(Body body) noexcept;
  bool take_codes(Body body) noexcept;
  bool take_frame(Body body) noexcept;
  bool take_scan(Body body) noexcept;
  [[nodiscard]] bool is_ycbcr() const noexcept;
  [[nodiscard]] bool data_is_usual(Body data) const noexcept;

  Body picture_;
  const JpegLayout& layout_;
  std::array<Body, tables_max> quantisation_{};
  std::array<std::array<BytesView, tables_max>, 2> codes_{};  ///< of DC, of AC
  Body frame_;                                                ///< three bytes for each component
  bool jfif_seen_ = false;
  bool adobe_ycbcr_seen_ = false;
  bool adobe_seen_ = false;
  BaselineScan scan_;
};

std::optional<BaselineScan> TableWalk::run() noexcept {
  for (std::size_t at = 2;;) {
    // The layout's walk proved the lengths, and that there is a scan; what it skips between segments is not usual.
    if (picture_.size() - at < 4 || picture_[at] != 0xFF) return std::nullopt;
    const std::uint8_t marker = picture_[at + 1];
    const std::size_t length = load_be16(&picture_[at + 2]);
    if (length < 2 || length > picture_.size() - at - 2) return std::nullopt;
    const Body body = picture_.subspan(at + 4, length - 2);
    at += 2 + length;
    if (!take(marker, body)) return std::nullopt;
    if (marker != sos) continue;
    const Body data = picture_.subspan(at);
    if (!data_is_usual(data)) return std::nullopt;
    scan_.size = layout_.size;
    scan_.data = layout_.picture.subspan(at);
    return scan_;
  }
}

bool TableWalk::take(std::uint8_t marker, Body body) noexcept {
  const std::string_view text(reinterpret_cast<const char*>(body.data()), body.size());
  switch (marker) {
    case dqt: return take_quantisation(body);
    case dht: return take_codes(body);
    case sof0:
    case sof1: return take_frame(body);
    case sos: return take_scan(body);
    case dri:
      if (body.size() != 2) return false;
      scan_.restart_units = load_be16(body.data());
      return true;
    case app0:
      if (body.size() >= 14 && text.starts_with(std::string_view("JFIF\0", 5))) jfif_seen_ = true;
      return true;
    case app14:
      if (body.size() < 12 || !text.starts_with("Adobe")) return true;
      adobe_seen_ = true;
      adobe_ycbcr_seen_ = body[11] == 1;
      return true;
    default: return (marker > app0 && marker <= app15) || marker == comment;
  }
}

bool TableWalk::take_quantisation(Body body) noexcept {
  while (!body.empty()) {
    const std::size_t number = body[0];  // 16-bit tables have more in the upper half
    if (number >= tables_max || body.size() < 1 + quantisation_bytes) return false;
    quantisation_[number] = body.subspan(1, quantisation_bytes);
    body = body.subspan(1 + quantisation_bytes);
  }
  return true;
}

bool TableWalk::take_codes(Body body) noexcept {
  while (!body.empty()) {
    const std::size_t kind = body[0] >> 4;
    const std::size_t number = body[0] & 15U;
    if (kind > 1 || number >= tables_max || body.size() < 1 + code_counts) return false;
    std::size_t symbols = 0;
    for (std::size_t bits = 1; bits <= code_counts; ++bits) symbols += body[bits];
    const std::size_t bytes = code_counts + symbols;
    if (symbols > 256 || body.size() < 1 + bytes) return false;
    codes_[kind][number] = std::as_bytes(body.subspan(1, bytes));
    body = body.subspan(1 + bytes);
  }
  return true;
}

/// The layout's walk proved its form.
bool TableWalk::take_frame(Body body) noexcept {
  frame_ = body.subspan(6);
  if (layout_.components == 1) {
    scan_.sampling = ChromaSampling::grey;  // whatever its factors: T.81, A.2.2
    return true;
  }
  if (layout_.components != 3 || frame_[4] != 0x11 || frame_[7] != 0x11) return false;
  switch (frame_[1]) {
    case 0x11: scan_.sampling = ChromaSampling::full; return true;
    case 0x21: scan_.sampling = ChromaSampling::half; break;
    case 0x22: scan_.sampling = ChromaSampling::quarter; break;
    default: return false;
  }
  // Of narrower ones libjpeg repeats the colour in place of blending it, and its pixels are what both give.
  constexpr std::uint32_t blended_width_px_min = 5;
  return layout_.size.width_px >= blended_width_px_min;
}

bool TableWalk::is_ycbcr() const noexcept {
  if (jfif_seen_) return true;
  if (adobe_seen_) return adobe_ycbcr_seen_;
  return frame_[0] == 1 && frame_[3] == 2 && frame_[6] == 3;
}

bool TableWalk::take_scan(Body body) noexcept {
  const std::size_t components = layout_.components;
  if (frame_.empty() || body.size() != 4 + 2 * components || body[0] != components) return false;
  if (components == 3 && !is_ycbcr()) return false;
  for (std::size_t i = 0; i < components; ++i) {
    const std::size_t dc = body[2 + 2 * i] >> 4;
    const std::size_t ac = body[2 + 2 * i] & 15U;
    if (body[1 + 2 * i] != frame_[3 * i] || dc >= tables_max || ac >= tables_max) return false;
    const Body quantisation = quantisation_[frame_[3 * i + 2]];
    BaselineComponent& component = scan_.components[i];
    component.dc_code = codes_[0][dc];
    component.ac_code = codes_[1][ac];
    if (quantisation.empty() || component.dc_code.empty() || component.ac_code.empty()) return false;
    if (std::find(quantisation.begin(), quantisation.end(), 0) != quantisation.end()) return false;
    std::copy(quantisation.begin(), quantisation.end(), component.quantisation.begin());
  }
  const Body spectrum = body.last(3);
  return spectrum[0] == 0 && spectrum[1] == 63 && spectrum[2] == 0;
}

bool TableWalk::data_is_usual(Body data) const noexcept {
  std::uint64_t restarts = 0;
  for (std::size_t at = 0;; at += 2) {
    const void* const found = std::memchr(data.data() + at, 0xFF, data.size() - at);
    if (found == nullptr) return false;
    at = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - data.data());
    if (at + 2 > data.size()) return false;
    const std::uint8_t marker = data[at + 1];
    if (marker == 0) continue;
    if (marker == eoi) break;
    if (marker != rst0 + restarts++ % restart_markers) return false;
  }
  const UnitCounts units = unit_counts(layout_.size, scan_.sampling);
  const std::uint64_t all = std::uint64_t{units.across} * units.down;
  return restarts == (scan_.restart_units == 0 ? 0 : (all - 1) / scan_.restart_units);
}

}  // namespace

std::optional<BaselineScan> read_baseline_scan(const JpegLayout& layout) noexcept {
  if (layout.progressive || layout.several_scans || layout.components == 4) return std::nullopt;
  return TableWalk(layout).run();
}

}  // namespace locket::codec
