#include "codec/png_layout.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/image.hpp"
#include "codec/byte_order.hpp"
#include "codec/interlace_pass.hpp"

namespace locket::codec {
namespace {

constexpr std::size_t signature_bytes = 8;
constexpr std::size_t frame_bytes = 12;  // length, name, checksum
constexpr std::uint32_t header_body_bytes = 13;
constexpr std::uint32_t png_number_max = 0x7FFF'FFFF;  // specification, clause 7.1
constexpr std::size_t palette_entries_max = 256;
constexpr std::uint64_t deflate_ratio_max = 1032;                       // the most that deflate can make of one byte
constexpr std::uint64_t countable_pixels_max = std::uint64_t{1} << 40;  // no product below can overflow up to here

constexpr std::uint32_t name_of(const char (&name)[5]) {
  return static_cast<std::uint32_t>(name[0]) << 24 | static_cast<std::uint32_t>(name[1]) << 16 |
         static_cast<std::uint32_t>(name[2]) << 8 | static_cast<std::uint32_t>(name[3]);
}

/// One chunk inside the file.
struct Chunk {
  std::uint32_t name = 0;
  BytesView body;
  BytesView framed;

  [[nodiscard]] bool critical() const noexcept { return (name & 0x2000'0000U) == 0; }

  [[nodiscard]] bool checksum_right() const noexcept {
    const auto* const start = reinterpret_cast<const std::uint8_t*>(framed.data());
    return libdeflate_crc32(0, start + 4, 4 + body.size()) == load_be32(start + 8 + body.size());
  }

  /// The name as text; only for names made of letters.
  [[nodiscard]] std::string text() const {
    return {static_cast<char>(name >> 24), static_cast<char>(name >> 16 & 0xFF), static_cast<char>(name >> 8 & 0xFF),
            static_cast<char>(name & 0xFF)};
  }
};

bool is_letter(std::uint32_t byte) noexcept { return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z'); }

bool depth_allowed(PngColour colour, std::uint32_t depth) noexcept {
  const bool power_of_two = depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
  if (colour == PngColour::grey) return power_of_two;
  if (colour == PngColour::palette) return power_of_two && depth <= 8;
  return depth == 8 || depth == 16;
}

std::string size_text(std::uint32_t width, std::uint32_t height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

/// The bytes of rows, each with its filter byte; 0 for a pass without pixels.
std::uint64_t rows_bytes(std::uint64_t width, std::uint64_t height, std::uint64_t pixel_bits) noexcept {
  return width == 0 ? 0 : height * (1 + (width * pixel_bits + 7) / 8);
}

/// What all rows are together before compression.
std::uint64_t raw_bytes_of(const PngLayout& layout) noexcept {
  const std::uint64_t width = layout.size.width_px;
  const std::uint64_t height = layout.size.height_px;
  const std::uint64_t pixel_bits = std::uint64_t{layout.bit_depth} * stored_channels_of(layout.colour);
  if (!layout.interlaced) return rows_bytes(width, height, pixel_bits);
  std::uint64_t bytes = 0;
  for (const InterlacePass& pass : interlace_passes) {
    const PixelSize size = pass.size_of(layout.size);
    bytes += rows_bytes(size.width_px, size.height_px, pixel_bits);
  }
  return bytes;
}

class Walk {
 public:
  Walk(BytesView upload, const Limits& limits) noexcept : upload_(upload), limits_(limits) {}

  Result<PngLayout> run() {
    at_ = signature_bytes;
    for (;;) {
      Result<Chunk> chunk = next_chunk();
      if (!chunk) return std::unexpected(std::move(chunk.error()));
      if (Result<void> taken = take(*chunk); !taken) return std::unexpected(std::move(taken.error()));
      if (chunk->name == name_of("IEND")) return layout_;
    }
  }

 private:
  Result<Chunk> next_chunk();
  Result<void> take(const Chunk& chunk);
  Result<void> take_header(const Chunk& chunk);
  Result<void> check_limits() const;
  Result<void> take_palette(const Chunk& chunk);
  Result<void> take_data(const Chunk& chunk);
  Result<void> take_end(const Chunk& chunk);
  void take_transparency(const Chunk& chunk) noexcept;
  void take_profile(const Chunk& chunk) noexcept;

  [[nodiscard]] bool data_seen() const noexcept { return !layout_.data_part.empty(); }

  BytesView upload_;
  const Limits& limits_;
  std::size_t at_ = 0;
  std::uint32_t chunks_ = 0;
  std::uint32_t last_name_ = 0;
  bool palette_seen_ = false;
  bool profile_seen_ = false;
  PngLayout layout_;
};

Result<Chunk> Walk::next_chunk() {
  const std::size_t left = upload_.size() - at_;
  const auto place = [this] { return " at byte " + std::to_string(at_); };
  if (left < frame_bytes) return fail(Code::picture_truncated, "the file ends before IEND" + place());
  if (++chunks_ > limits_.png_chunks_max) {
    return fail(Code::picture_chunk_over_limit, "more than " + std::to_string(limits_.png_chunks_max) + " chunks");
  }
  const auto* const start = reinterpret_cast<const std::uint8_t*>(upload_.data()) + at_;
  const std::uint32_t length = load_be32(start);
  Chunk chunk{.name = load_be32(start + 4), .body = {}, .framed = {}};
  for (int shift = 0; shift < 32; shift += 8) {
    if (!is_letter(chunk.name >> shift & 0xFF)) {
      return fail(Code::picture_chunk_invalid, "a chunk name that is not four letters" + place());
    }
  }
  if (length > png_number_max)
    return fail(Code::picture_chunk_invalid, chunk.text() + ": length over 2^31-1" + place());
  if (length > left - frame_bytes) {
    return fail(Code::picture_truncated, "the file ends inside " + chunk.text() + place());
  }
  chunk.framed = upload_.subspan(at_, frame_bytes + length);
  chunk.body = chunk.framed.subspan(8, length);
  if (chunk.critical() && !chunk.checksum_right()) {
    return fail(Code::picture_checksum_wrong, chunk.text() + ": wrong checksum" + place());
  }
  at_ += chunk.framed.size();
  return chunk;
}

Result<void> Walk::take(const Chunk& chunk) {
  const std::uint32_t previous = std::exchange(last_name_, chunk.name);
  if (chunks_ == 1) return take_header(chunk);
  switch (chunk.name) {
    case name_of("IHDR"): return fail(Code::picture_chunk_order, "IHDR: a second one");
    case name_of("PLTE"): return take_palette(chunk);
    case name_of("IDAT"):
      if (data_seen() && previous != chunk.name) {
        return fail(Code::picture_chunk_order, "IDAT: another chunk stands between two of them");
      }
      return take_data(chunk);
    case name_of("IEND"): return take_end(chunk);
    case name_of("tRNS"): take_transparency(chunk); return {};
    case name_of("iCCP"): take_profile(chunk); return {};
    case name_of("eXIf"):
      if (layout_.exif.empty() && chunk.body.size() <= limits_.png_metadata_bytes_max && chunk.checksum_right()) {
        layout_.exif = chunk.body;
      }
      return {};
    default: break;
  }
  if (chunk.critical()) return fail(Code::picture_chunk_invalid, chunk.text() + ": unknown critical chunk");
  return {};
}

Result<void> Walk::take_header(const Chunk& chunk) {
  if (chunk.name == name_of("CgBI")) {
    return fail(Code::picture_feature_unsupported, "CgBI: a PNG in Apple's own form");
  }
  if (chunk.name != name_of("IHDR")) {
    return fail(Code::picture_chunk_order, chunk.text() + ": the first chunk is not IHDR");
  }
  if (chunk.body.size() != header_body_bytes) return fail(Code::picture_header_invalid, "IHDR: length is not 13");
  const auto* const body = reinterpret_cast<const std::uint8_t*>(chunk.body.data());
  const std::uint32_t width = load_be32(body);
  const std::uint32_t height = load_be32(body + 4);
  if (width == 0 || height == 0 || width > png_number_max || height > png_number_max) {
    return fail(Code::picture_header_invalid, "IHDR: size " + size_text(width, height));
  }
  const std::uint8_t colour = body[9];
  if (colour > 6 || colour == 1 || colour == 5) {
    return fail(Code::picture_header_invalid, "IHDR: colour type " + std::to_string(colour));
  }
  layout_.colour = static_cast<PngColour>(colour);
  layout_.bit_depth = body[8];
  if (!depth_allowed(layout_.colour, layout_.bit_depth)) {
    return fail(Code::picture_header_invalid,
                "IHDR: bit depth " + std::to_string(layout_.bit_depth) + " with colour type " + std::to_string(colour));
  }
  if (body[10] != 0) return fail(Code::picture_header_invalid, "IHDR: compression method is not 0");
  if (body[11] != 0) return fail(Code::picture_header_invalid, "IHDR: filter method is not 0");
  if (body[12] > 1) return fail(Code::picture_header_invalid, "IHDR: interlace method is not 0 or 1");
  layout_.interlaced = body[12] == 1;
  layout_.size = {.width_px = width, .height_px = height};
  layout_.header_part = upload_.first(at_);
  return check_limits();
}

Result<void> Walk::check_limits() const {
  const auto [width, height] = layout_.size;
  const std::uint32_t longest_px = std::min(limits_.picture_side_px_max, side_px_max);
  if (width > longest_px || height > longest_px) {
    return fail(Code::picture_side_over_limit,
                "IHDR: size " + size_text(width, height) + ", a side may have " + std::to_string(longest_px) + " px");
  }
  const std::uint64_t pixels_max = std::min(
      countable_pixels_max, layout_.interlaced ? limits_.buffered_picture_pixels_max : limits_.picture_pixels_max);
  if (std::uint64_t{width} * height > pixels_max) {
    return fail(Code::picture_pixels_over_limit, "IHDR: size " + size_text(width, height) + ", at most " +
                                                     std::to_string(pixels_max) + " pixels are accepted" +
                                                     (layout_.interlaced ? " when interlaced" : ""));
  }
  return {};
}

Result<void> Walk::take_palette(const Chunk& chunk) {
  if (std::exchange(palette_seen_, true)) return fail(Code::picture_chunk_order, "PLTE: a second one");
  if (layout_.colour == PngColour::grey || layout_.colour == PngColour::grey_alpha) return {};  // means nothing there
  if (data_seen()) return fail(Code::picture_chunk_order, "PLTE: stands after IDAT");
  const std::size_t bytes = chunk.body.size();
  if (bytes == 0 || bytes % 3 != 0 || bytes / 3 > palette_entries_max) {
    return fail(Code::picture_palette_invalid, "PLTE: " + std::to_string(bytes) + " bytes are not 1 to 256 colours");
  }
  layout_.palette = chunk.body;
  layout_.palette_part = chunk.framed;
  return {};
}

void Walk::take_transparency(const Chunk& chunk) noexcept {
  if (data_seen() || !layout_.transparency.empty() || !chunk.checksum_right()) return;
  const std::size_t bytes = chunk.body.size();
  bool fits = false;
  switch (layout_.colour) {
    case PngColour::grey: fits = bytes == 2; break;
    case PngColour::rgb: fits = bytes == 6; break;
    case PngColour::palette: fits = bytes > 0 && bytes <= layout_.palette.size() / 3; break;
    case PngColour::grey_alpha:
    case PngColour::rgba: break;
  }
  if (!fits) return;
  layout_.transparency = chunk.body;
  layout_.transparency_part = chunk.framed;
}

void Walk::take_profile(const Chunk& chunk) noexcept {
  if (std::exchange(profile_seen_, true)) return;
  const bool in_place = !data_seen() && layout_.palette.empty();
  if (in_place && !chunk.body.empty() && chunk.body.size() <= limits_.png_metadata_bytes_max &&
      chunk.checksum_right()) {
    layout_.profile = chunk.body;
  } else {
    layout_.profile_damaged = true;
  }
}

Result<void> Walk::take_data(const Chunk& chunk) {
  if (!data_seen()) {
    if (layout_.colour == PngColour::palette && layout_.palette.empty()) {
      return fail(Code::picture_palette_invalid, "IDAT: no PLTE before it");
    }
    layout_.data_part = chunk.framed;
  } else {
    layout_.data_part = BytesView(layout_.data_part.data(), layout_.data_part.size() + chunk.framed.size());
  }
  layout_.data_bytes += chunk.body.size();
  return {};
}

Result<void> Walk::take_end(const Chunk& chunk) {
  if (!data_seen()) return fail(Code::picture_chunk_order, "IEND: no IDAT before it");
  if (!chunk.body.empty()) return fail(Code::picture_chunk_invalid, "IEND: length is not 0");
  layout_.end_part = chunk.framed;
  layout_.raw_bytes = raw_bytes_of(layout_);
  if (layout_.raw_bytes > layout_.data_bytes * deflate_ratio_max) {
    return fail(Code::picture_truncated, "IDAT: " + std::to_string(layout_.data_bytes) +
                                             " bytes can not hold the picture's " + std::to_string(layout_.raw_bytes));
  }
  return {};
}

}  // namespace

BytesView take_data_body(BytesView& data_part) noexcept {
  const std::size_t bytes = load_be32(reinterpret_cast<const std::uint8_t*>(data_part.data()));
  const BytesView body = data_part.subspan(8, bytes);
  data_part = data_part.subspan(frame_bytes + bytes);
  return body;
}

Result<PngLayout> read_png_layout(BytesView upload, const Limits& limits) {
  if (upload.size() < signature_bytes) return fail(Code::picture_truncated, "the file ends inside the signature");
  return Walk(upload, limits).run();
}

}  // namespace locket::codec
