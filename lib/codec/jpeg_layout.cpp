#include "codec/jpeg_layout.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>

#include "codec/byte_order.hpp"
#include "codec/exif_orientation.hpp"
#include "codec/jpeg_marker.hpp"

namespace locket::codec {
namespace {

constexpr std::string_view exif_label("Exif\0\0", 6);
constexpr std::string_view profile_label("ICC_PROFILE\0", 12);
constexpr std::size_t frame_header_bytes = 6;

// All scans together may go through so many times the blocks that the largest picture decoded whole has. Encoders write
// ten scans by default, which go through each block of four components six times.
constexpr std::uint64_t block_visits_max = 32;

bool starts_frame(std::uint8_t marker) noexcept {
  return marker >= sof0 && marker <= sof15 && marker != dht && marker != jpg && marker != dac;
}

std::string size_text(std::uint32_t width, std::uint32_t height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

class Walk {
 public:
  Walk(BytesView upload, const Limits& limits) noexcept
      : upload_(upload), bytes_(reinterpret_cast<const std::uint8_t*>(upload.data())), limits_(limits) {}

  Result<JpegLayout> run();

 private:
  Result<std::uint8_t> next_marker();
  Result<BytesView> next_body(std::uint8_t marker);
  Result<void> take(std::uint8_t marker, BytesView body);
  Result<void> take_frame(std::uint8_t marker, BytesView body);
  Result<void> take_components(BytesView body);
  void count_blocks(const std::uint8_t* components) noexcept;
  Result<void> check_limits() const;
  Result<void> take_scan(BytesView body);
  Result<void> check_work() const;
  void take_profile_part(BytesView body);
  void close_profile();

  [[nodiscard]] std::string place() const { return " at byte " + std::to_string(at_); }

  BytesView upload_;
  const std::uint8_t* bytes_;
  const Limits& limits_;
  std::size_t at_ = 2;
  std::uint32_t segments_ = 0;
  std::uint32_t scans_ = 0;
  bool frame_seen_ = false;
  std::array<std::byte, 4> names_{};       ///< of the components
  std::array<std::uint64_t, 4> blocks_{};  ///< of the components, with what fills up their last units
  std::uint64_t scan_blocks_ = 0;          ///< of all scans so far
  unsigned scanned_ = 0;                   ///< one bit for each component that some scan holds
  bool exif_seen_ = false;
  std::size_t profile_bytes_ = 0;
  std::vector<BytesView> numbered_parts_;
  JpegLayout layout_;
};

/// Goes to the next marker. What stands before it is left to the decoder to judge.
Result<std::uint8_t> Walk::next_marker() {
  for (;;) {
    const void* const found = at_ < upload_.size() ? std::memchr(bytes_ + at_, 0xFF, upload_.size() - at_) : nullptr;
    if (found == nullptr) return fail(Code::picture_truncated, "the file ends before EOI");
    at_ = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - bytes_);
    while (at_ < upload_.size() && bytes_[at_] == 0xFF) ++at_;  // fill bytes
    if (at_ == upload_.size()) return fail(Code::picture_truncated, "the file ends before EOI");
    const std::uint8_t marker = bytes_[at_++];
    const bool restart = marker >= rst0 && marker <= rst7;
    if (marker != 0 && !restart && marker != tem) return marker;
  }
}

Result<BytesView> Walk::next_body(std::uint8_t marker) {
  if (++segments_ > limits_.jpeg_segments_max) {
    return fail(Code::picture_chunk_over_limit, "more than " + std::to_string(limits_.jpeg_segments_max) + " segments");
  }
  const std::size_t left = upload_.size() - at_;
  if (left < 2) return fail(Code::picture_truncated, "the file ends inside a segment" + place());
  const std::size_t length = load_be16(bytes_ + at_);
  const auto which = [marker] { return "segment " + std::to_string(marker); };
  if (length < 2) return fail(Code::picture_chunk_invalid, which() + ": length below 2" + place());
  if (length > left) return fail(Code::picture_truncated, "the file ends inside " + which() + place());
  const BytesView body = upload_.subspan(at_ + 2, length - 2);
  at_ += length;
  return body;
}

Result<JpegLayout> Walk::run() {
  for (;;) {
    const Result<std::uint8_t> marker = next_marker();
    if (!marker) return std::unexpected(marker.error());
    if (*marker == eoi) break;
    if (*marker == soi) return fail(Code::picture_chunk_order, "SOI: a second one" + place());
    const Result<BytesView> body = next_body(*marker);
    if (!body) return std::unexpected(body.error());
    if (Result<void> taken = take(*marker, *body); !taken) return std::unexpected(taken.error());
  }
  if (scans_ == 0) return fail(Code::picture_chunk_order, "EOI: no scan before it");
  if (scanned_ != (1U << layout_.components) - 1) {
    return fail(Code::picture_truncated, "EOI: a component without any scan");
  }
  layout_.picture = upload_.first(at_);
  close_profile();
  return layout_;
}

Result<void> Walk::take(std::uint8_t marker, BytesView body) {
  if (starts_frame(marker)) return take_frame(marker, body);
  switch (marker) {
    case sos: return take_scan(body);
    case app1:
      if (!exif_seen_ && as_text(body).starts_with(exif_label)) {
        exif_seen_ = true;
        layout_.orientation = read_exif_orientation(body.subspan(exif_label.size()));
      }
      return {};
    case app2:
      if (as_text(body).starts_with(profile_label)) take_profile_part(body.subspan(profile_label.size()));
      return {};
    case dhp:
    case exp_segment: return fail(Code::picture_feature_unsupported, "a hierarchical JPEG");
    default: break;
  }
  if (marker >= jpg0 && marker <= jpg13) {
    return fail(Code::picture_feature_unsupported, "a JPEG of another kind (segment " + std::to_string(marker) + ")");
  }
  return {};
}

Result<void> Walk::take_frame(std::uint8_t marker, BytesView body) {
  if (frame_seen_) return fail(Code::picture_chunk_order, "SOF: a second one");
  frame_seen_ = true;
  const auto which = [marker] { return " JPEG (SOF" + std::to_string(marker & 15) + ")"; };
  if (marker == sof9 || marker == sof10) {
    // Whoever decodes it can not tell a scan that was cut off, for zeros at its end may be left out (T.81, D.1.8); and
    // a decision may take so little of a bit that 200 bytes ask for 165 million of them.
    return fail(Code::picture_feature_unsupported, "an arithmetic-coded" + which());
  }
  if (marker != sof0 && marker != sof1 && marker != sof2) {
    return fail(Code::picture_feature_unsupported, "a lossless or hierarchical" + which());
  }
  layout_.progressive = marker == sof2;
  if (body.size() < frame_header_bytes) return fail(Code::picture_header_invalid, "SOF: too short");
  const auto* const data = reinterpret_cast<const std::uint8_t*>(body.data());
  layout_.size = {.width_px = load_be16(data + 3), .height_px = load_be16(data + 1)};
  layout_.components = data[5];
  if (data[0] != 8) {
    return fail(Code::picture_feature_unsupported, "SOF: " + std::to_string(data[0]) + " bits a sample");
  }
  if (layout_.size.width_px == 0) return fail(Code::picture_header_invalid, "SOF: width 0");
  if (layout_.size.height_px == 0) return fail(Code::picture_feature_unsupported, "SOF: height 0, told later by DNL");
  if (Result<void> checked = take_components(body); !checked) return checked;
  return check_limits();
}

Result<void> Walk::take_components(BytesView body) {
  const std::size_t components = layout_.components;
  if (components == 0) return fail(Code::picture_header_invalid, "SOF: no components");
  if (body.size() != frame_header_bytes + 3 * components) {
    return fail(Code::picture_header_invalid, "SOF: length does not fit " + std::to_string(components) + " components");
  }
  if (components != 1 && components != 3 && components != 4) {
    return fail(Code::picture_feature_unsupported, "SOF: " + std::to_string(components) + " components");
  }
  const auto* const data = reinterpret_cast<const std::uint8_t*>(body.data()) + frame_header_bytes;
  for (std::size_t i = 0; i < components; ++i) {
    const unsigned across = data[3 * i + 1] >> 4;
    const unsigned down = data[3 * i + 1] & 15U;
    if (across < 1 || across > 4 || down < 1 || down > 4) {
      return fail(Code::picture_header_invalid, "SOF: sampling factors " + size_text(across, down));
    }
    if (data[3 * i + 2] > 3) return fail(Code::picture_header_invalid, "SOF: quantisation table over 3");
    names_[i] = std::byte{data[3 * i]};
    for (std::size_t j = 0; j < i; ++j) {
      if (names_[i] == names_[j]) return fail(Code::picture_header_invalid, "SOF: two components of one name");
    }
  }
  count_blocks(data);
  return {};
}

/// T.81, A.2.4: a unit holds as many blocks of each component as its sampling factors say.
void Walk::count_blocks(const std::uint8_t* components) noexcept {
  std::uint64_t across_max = 1;
  std::uint64_t down_max = 1;
  for (std::size_t i = 0; i < layout_.components; ++i) {
    across_max = std::max<std::uint64_t>(across_max, components[3 * i + 1] >> 4);
    down_max = std::max<std::uint64_t>(down_max, components[3 * i + 1] & 15U);
  }
  const auto units = [](std::uint64_t side_px, std::uint64_t unit_px) { return (side_px + unit_px - 1) / unit_px; };
  const std::uint64_t all = units(layout_.size.width_px, 8 * across_max) * units(layout_.size.height_px, 8 * down_max);
  for (std::size_t i = 0; i < layout_.components; ++i) {
    const std::uint64_t factors = components[3 * i + 1];
    blocks_[i] = all * (factors >> 4) * (factors & 15U);
  }
}

Result<void> Walk::check_limits() const {
  const auto [width, height] = layout_.size;
  if (width > limits_.picture_side_px_max || height > limits_.picture_side_px_max) {
    return fail(Code::picture_side_over_limit, "SOF: size " + size_text(width, height) + ", a side may have " +
                                                   std::to_string(limits_.picture_side_px_max) + " px");
  }
  const std::uint64_t pixels_max =
      layout_.progressive ? limits_.buffered_picture_pixels_max : limits_.picture_pixels_max;
  if (std::uint64_t{width} * height > pixels_max) {
    return fail(Code::picture_pixels_over_limit, "SOF: size " + size_text(width, height) + ", at most " +
                                                     std::to_string(pixels_max) + " pixels are accepted" +
                                                     (layout_.progressive ? " when progressive" : ""));
  }
  return {};
}

Result<void> Walk::take_scan(BytesView body) {
  if (!frame_seen_) return fail(Code::picture_chunk_order, "SOS: no SOF before it");
  if (++scans_ > limits_.jpeg_scans_max) {
    return fail(Code::picture_work_over_limit, "more than " + std::to_string(limits_.jpeg_scans_max) + " scans");
  }
  const std::size_t components = body.empty() ? 0 : std::to_integer<std::size_t>(body.front());
  if (components < 1 || components > 4 || body.size() != 4 + 2 * components) {
    return fail(Code::picture_chunk_invalid, "SOS: length does not fit its components");
  }
  for (std::size_t i = 0; i < components; ++i) {
    for (unsigned name = 0; name < layout_.components; ++name) {
      if (names_[name] != body[1 + 2 * i]) continue;
      scanned_ |= 1U << name;
      scan_blocks_ += blocks_[name];
    }
  }
  if (scans_ > 1) return check_work();
  layout_.several_scans = layout_.progressive || components < layout_.components;
  if (layout_.several_scans &&
      std::uint64_t{layout_.size.width_px} * layout_.size.height_px > limits_.buffered_picture_pixels_max) {
    return fail(Code::picture_pixels_over_limit, "SOS: at most " + std::to_string(limits_.buffered_picture_pixels_max) +
                                                     " pixels are accepted in several scans");
  }
  return {};
}

/// A scan may say of 32,767 blocks in 15 bits that nothing is in them, and the decoder goes through all.
Result<void> Walk::check_work() const {
  constexpr std::uint64_t block_pixels = 64;
  const std::uint64_t blocks_max = limits_.buffered_picture_pixels_max / block_pixels * block_visits_max;
  if (scan_blocks_ <= blocks_max) return {};
  return fail(Code::picture_work_over_limit,
              "the scans go through more than " + std::to_string(blocks_max) + " blocks together");
}

/// ICC.1:2022, annex B.4: each piece has its number, from 1, and the count of pieces.
void Walk::take_profile_part(BytesView body) {
  if (layout_.profile_damaged) return;
  layout_.profile_damaged = true;  // until this piece is proven
  if (body.size() < 2) return;
  const auto number = std::to_integer<std::size_t>(body[0]);
  const auto count = std::to_integer<std::size_t>(body[1]);
  if (numbered_parts_.empty()) numbered_parts_.resize(count);
  if (count == 0 || count != numbered_parts_.size() || number == 0 || number > count) return;
  BytesView& part = numbered_parts_[number - 1];
  if (!part.empty() || body.size() == 2) return;
  part = body.subspan(2);
  profile_bytes_ += part.size();
  layout_.profile_damaged = profile_bytes_ > limits_.icc_profile_bytes_max;
}

void Walk::close_profile() {
  if (numbered_parts_.empty() || layout_.profile_damaged) return;
  layout_.profile_damaged =
      std::any_of(numbered_parts_.begin(), numbered_parts_.end(), [](BytesView part) { return part.empty(); });
  if (!layout_.profile_damaged) layout_.profile_parts = std::move(numbered_parts_);
}

}  // namespace

Result<JpegLayout> read_jpeg_layout(BytesView upload, const Limits& limits) {
  if (upload.size() < 4) return fail(Code::picture_truncated, "the file ends after SOI");
  return Walk(upload, limits).run();
}

}  // namespace locket::codec
