#include "codec/packed_rows.hpp"

#include <algorithm>
#include <utility>

namespace locket::codec {

PackedRows::PackedRows(const Image& image, PixelLayout layout)
    : image_(image),
      layout_(layout),
      row_bytes_(std::size_t{image.size.width_px} * pixel_bytes_of(layout)),
      memory_(2 * (row_bytes_ + 2 * filter_margin_bytes)),
      current_(memory_.data() + filter_margin_bytes),
      above_(current_ + row_bytes_ + 2 * filter_margin_bytes) {}

void PackedRows::pack(std::uint32_t y, std::uint8_t* out) const noexcept {
  pack_row(image_.row(y), image_.format, layout_, out);
}

FilterInput PackedRows::row(std::uint32_t y) {
  if (y == 0) {
    std::fill_n(above_, row_bytes_, std::uint8_t{0});
  } else if (packed_ == y - 1) {
    std::swap(current_, above_);
  } else {
    pack(y - 1, above_);
  }
  pack(y, current_);
  packed_ = y;
  return {current_, above_, row_bytes_, pixel_bytes_of(layout_)};
}

}  // namespace locket::codec
