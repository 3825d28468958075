#include "codec/png_decoder.hpp"

#include <algorithm>
#include <span>

#include "base/kernel.hpp"

namespace locket::codec {

std::uint32_t batch_rows_of(std::size_t row_bytes) noexcept {
  constexpr std::size_t batch_bytes = 131'072;
  return static_cast<std::uint32_t>(std::clamp<std::size_t>(batch_bytes / row_bytes, 1, 64));
}

Result<void> prove_png_data(const PngLayout& layout) {
  constexpr std::size_t portion_bytes = 65'536;
  PngPieces pieces(layout);
  ZlibStream stream(pieces, portion_bytes, chosen_kernel());
  std::uint64_t made = 0;
  for (;;) {
    const Result<std::span<const std::uint8_t>> portion = stream.read(portion_bytes);
    if (!portion) return fail(portion.error().code, "IDAT: " + portion.error().detail);
    made += portion->size();
    if (made > layout.raw_bytes) return fail(Code::picture_data_invalid, "IDAT: holds more than the picture's rows");
    if (portion->size() < portion_bytes) break;
  }
  if (!stream.ended() || made < layout.raw_bytes) {
    return fail(Code::picture_truncated, "IDAT: the compressed data ends before the picture");
  }
  return {};
}

}  // namespace locket::codec
