#pragma once

#include <cstdint>
#include <span>

#include "base/image.hpp"

namespace locket::codec {

/// How the pixels of a written PNG are laid out: 8 bits a sample; the value is the colour type of the file.
enum class PixelLayout : std::uint8_t { grey = 0, rgb = 2, grey_alpha = 4, rgba = 6 };

/// The count of bytes of one pixel.
[[nodiscard]] constexpr std::uint32_t pixel_bytes_of(PixelLayout layout) noexcept {
  switch (layout) {
    case PixelLayout::grey: return 1;
    case PixelLayout::grey_alpha: return 2;
    case PixelLayout::rgb: return 3;
    case PixelLayout::rgba: return 4;
  }
  return 4;
}

/// The layout with the fewest bytes that loses nothing: without alpha when every pixel is opaque, grey when red, green
/// and blue are equal everywhere. Never fails. Any thread. Cost: linear, ends early.
[[nodiscard]] PixelLayout smallest_layout(const Image& image) noexcept;

/// Copies one row into a layout that loses nothing of it.
/// Inputs: a row of whole pixels in `format`; `out` holds as many pixels in `layout`. Never fails. Any thread.
void pack_row(std::span<const std::uint8_t> row, RowFormat format, PixelLayout layout, std::uint8_t* out) noexcept;

}  // namespace locket::codec
