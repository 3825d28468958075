#pragma once

#include <cstdint>
#include <span>

#include "base/image.hpp"
#include "raster/geometry.hpp"

namespace locket::raster {

/// Puts the finished rows of one size, made before the orientation is applied, where they belong in the upright
/// image.
class Placement {
 public:
  /// Inputs: where the picture lies, its orientation (EXIF, 1 to 8), and the count of channels of the image.
  Placement(const Frame& frame, std::uint8_t orientation, RowFormat format) noexcept;

  /// Writes one row of the picture, `y` from its top, its pixels in the image's format, into the image.
  /// Inputs: a row as wide as the picture; `y` below its height; an image of this size and format.
  void put_row(std::span<const std::uint8_t> row, std::uint32_t y, Image& image) const noexcept;

  /// Where a row of the picture lies in the image when its pixels stand there one after the other from left to right;
  /// null when the orientation has it otherwise.
  [[nodiscard]] std::uint8_t* contiguous_row(std::uint32_t y, Image& image) const noexcept;

 private:
  std::ptrdiff_t first_ = 0;   ///< byte of the picture's first pixel
  std::ptrdiff_t across_ = 0;  ///< bytes from one pixel of a row to its next
  std::ptrdiff_t down_ = 0;    ///< bytes from one row to the next
  std::uint32_t channels_ = 0;
};

}  // namespace locket::raster
