#pragma once

#include <cstdint>

#include "locket/picture.hpp"
#include "raster/resizer.hpp"

namespace locket::raster {

/// How the pixels of one target axis lie on one axis of the rows that come, in parts that make all of it whole numbers.
/// The centre of target pixel `t` stands `begin_parts + (t + 1/2) * step_parts` from the outer edge of the first source
/// pixel; the centre of source pixel `s` at `(s + 1/2) * pixel_parts`. All below 2^40.
struct Axis {
  std::uint32_t source_px = 0;   ///< pixels that come
  std::uint32_t target_px = 0;   ///< pixels to be made
  std::int64_t begin_parts = 0;  ///< where the target begins
  std::int64_t step_parts = 1;   ///< from one target pixel to the next; above `pixel_parts` reduces
  std::int64_t pixel_parts = 1;  ///< of one source pixel
};

/// Where a picture lies on one of its two finished sizes, all before the orientation is applied.
struct Frame {
  PixelSize canvas;  ///< the whole target
  std::uint32_t left_px = 0;
  std::uint32_t top_px = 0;  ///< of the picture on the canvas
  Axis across;
  Axis down;

  /// Whether padding is seen beside the picture.
  [[nodiscard]] bool padded() const noexcept {
    return across.target_px != canvas.width_px || down.target_px != canvas.height_px;
  }
};

/// Whether an orientation (EXIF, 1 to 8) swaps width and height.
[[nodiscard]] constexpr bool swaps_axes(std::uint8_t orientation) noexcept { return orientation >= 5; }

/// Lays a picture on one size. `cover` takes the largest centred part of the target's shape, its edges fractions of a
/// pixel; `stretch` takes everything; `contain` takes everything into the largest centred rectangle of whole pixels
/// (of whole pixels of the small size, so that both sizes show the same); where that leaves an odd pixel, it is below
/// or to the right, before the orientation is applied. Inputs: a source that `make_resizer` accepted. Never fails. Any
/// thread.
[[nodiscard]] Frame frame_of(const Source& source, Fit fit, Size size) noexcept;

}  // namespace locket::raster
