#include "codec/png_decoder.hpp"

#include <algorithm>
#include <span>
#include <vector>

#include "codec/zlib_stream.hpp"

namespace locket::codec {

std::uint32_t batch_rows_of(std::size_t row_bytes) noexcept {
  constexpr std::size_t batch_bytes = 131'072;
  return static_cast<std::uint32_t>(std::clamp<std::size_t>(batch_bytes / row_bytes, 1, 64));
}

Result<void> prove_png_data(const PngLayout& layout) {
  ZlibStream stream;
  std::vector<std::uint8_t> scratch(65'536);
  BytesView left = layout.data_part;
  BytesView body;
  std::uint64_t made = 0;
  for (bool stuck = false; !stream.ended() && !stuck;) {
    const bool last = left.empty();
    if (body.empty() && !last) body = take_data_body(left);
    const Result<std::size_t> piece = stream.inflate(body, scratch);
    if (!piece) return fail(piece.error().code, "IDAT: " + piece.error().detail);
    made += *piece;
    stuck = last && *piece == 0;
    if (made > layout.raw_bytes) return fail(Code::picture_data_invalid, "IDAT: holds more than the picture's rows");
  }
  if (!stream.ended() || made < layout.raw_bytes) {
    return fail(Code::picture_truncated, "IDAT: the compressed data ends before the picture");
  }
  return {};
}

}  // namespace locket::codec
