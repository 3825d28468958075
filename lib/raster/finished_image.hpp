#pragma once

#include <cstdint>
#include <vector>

#include "base/image.hpp"
#include "raster/geometry.hpp"
#include "raster/placement.hpp"
#include "raster/resizer.hpp"
#include "raster/row_kernels.hpp"

namespace locket::raster {

/// One of the two images while it is being made: takes finished rows, upright or not, and puts them in their place.
class FinishedImage {
 public:
  /// Takes memory for the image, and fills it with the recipe's background where the picture does not reach. Throws
  /// `std::bad_alloc`. `kernels` must outlive this.
  FinishedImage(const RowKernels& kernels, const Source& source, const Recipe& recipe, Size size, const Frame& frame);

  /// Puts row `y` of the picture, counted before the orientation is applied: planes that begin with its first pixel, of
  /// linear light less `linear_bias`.
  void put(Planes<const std::int16_t> row, std::uint32_t y) noexcept;

  /// Puts row `y` of a source that needs no resizing: as many pixels as the picture is wide, in the source's format.
  void copy(const std::uint8_t* row, std::uint32_t y) noexcept;

  /// Gives the image away; nothing else may follow.
  [[nodiscard]] Image take() noexcept { return std::move(image_); }

 private:
  void widen() noexcept;

  const RowKernels& kernels_;
  Frame frame_;
  std::uint8_t orientation_;
  RowFormat source_format_;
  Image image_;  ///< of an RGBA source RGB until the first translucent pixel comes
  Placement placement_;
  std::vector<std::uint8_t> row_;  ///< one row before it is turned
};

}  // namespace locket::raster
