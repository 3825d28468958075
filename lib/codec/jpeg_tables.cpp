#include "codec/jpeg_tables.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "codec/byte_order.hpp"
#include "codec/jpeg_marker.hpp"

namespace locket::codec {
namespace {

constexpr std::size_t code_counts = 16;
constexpr std::size_t quantisation_bytes = 64;
constexpr std::uint64_t restart_markers = 8;

}  // namespace

bool JpegTables::take(std::uint8_t marker, Body body) noexcept {
  const std::string_view text(reinterpret_cast<const char*>(body.data()), body.size());
  switch (marker) {
    case dqt: return take_quantisation(body);
    case dht: return take_codes(body);
    case sof0:
    case sof1:
    case sof2: return take_frame(body);
    case dri:
      if (body.size() != 2) return false;
      restart_units_ = load_be16(body.data());
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

bool JpegTables::take_quantisation(Body body) noexcept {
  while (!body.empty()) {
    const std::size_t number = body[0];  // 16-bit tables have more in the upper half
    if (number >= tables_max || body.size() < 1 + quantisation_bytes) return false;
    quantisation_[number] = body.subspan(1, quantisation_bytes);
    body = body.subspan(1 + quantisation_bytes);
  }
  return true;
}

bool JpegTables::take_codes(Body body) noexcept {
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
bool JpegTables::take_frame(Body body) noexcept {
  frame_ = body.subspan(6);
  if (layout_.components == 1) {
    sampling_ = ChromaSampling::grey;  // whatever its factors: T.81, A.2.2
    return true;
  }
  if (layout_.components != 3 || frame_[4] != 0x11 || frame_[7] != 0x11) return false;
  switch (frame_[1]) {
    case 0x11: sampling_ = ChromaSampling::full; return true;
    case 0x21: sampling_ = ChromaSampling::half; break;
    case 0x22: sampling_ = ChromaSampling::quarter; break;
    default: return false;
  }
  // Of narrower ones libjpeg repeats the colour in place of blending it, and its pixels are what both give.
  constexpr std::uint32_t blended_width_px_min = 5;
  return layout_.size.width_px >= blended_width_px_min;
}

bool JpegTables::has_usual_colours() const noexcept {
  if (frame_.empty()) return false;
  if (layout_.components == 1 || jfif_seen_) return true;
  if (adobe_seen_) return adobe_ycbcr_seen_;
  return frame_[0] == 1 && frame_[3] == 2 && frame_[6] == 3;
}

std::optional<std::size_t> JpegTables::component_named(std::uint8_t name) const noexcept {
  for (std::size_t component = 0; component < layout_.components; ++component) {
    if (frame_[3 * component] == name) return component;
  }
  return std::nullopt;
}

std::optional<JpegTables::Quantisation> JpegTables::quantisation(std::size_t component) const noexcept {
  const Body steps = quantisation_[frame_[3 * component + 2]];
  if (steps.empty() || std::find(steps.begin(), steps.end(), 0) != steps.end()) return std::nullopt;
  Quantisation quantisation;
  std::copy(steps.begin(), steps.end(), quantisation.begin());
  return quantisation;
}

std::optional<JpegSegment> jpeg_segment_at(JpegTables::Body picture, std::size_t at) noexcept {
  if (picture.size() - at < 4 || picture[at] != 0xFF) return std::nullopt;
  const std::size_t length = load_be16(&picture[at + 2]);
  if (length < 2 || length > picture.size() - at - 2) return std::nullopt;
  return JpegSegment{picture[at + 1], picture.subspan(at + 4, length - 2), at + 2 + length};
}

std::optional<std::size_t> usual_data_end(JpegTables::Body data, std::uint64_t restarts) noexcept {
  std::uint64_t seen = 0;
  for (std::size_t at = 0;; at += 2) {
    const void* const found = std::memchr(data.data() + at, 0xFF, data.size() - at);
    if (found == nullptr) return std::nullopt;
    at = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - data.data());
    if (at + 2 > data.size()) return std::nullopt;
    const std::uint8_t marker = data[at + 1];
    if (marker == 0) continue;
    if (marker >= rst0 && marker <= rst7) {
      if (marker != rst0 + seen++ % restart_markers) return std::nullopt;
    } else if (marker == 0xFF || seen != restarts) {
      return std::nullopt;
    } else {
      return at;
    }
  }
}

}  // namespace locket::codec
