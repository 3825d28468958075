#include "raster/geometry.hpp"

#include <algorithm>

namespace locket::raster {
namespace {

PixelSize canvas_of(Size size, std::uint8_t orientation) {
  const PixelSize upright = size_px(size);
  return swaps_axes(orientation) ? PixelSize{upright.height_px, upright.width_px} : upright;
}

/// A whole length, scaled to a target's.
Axis whole(std::uint32_t source_px, std::uint32_t target_px) { return {source_px, target_px, 0, source_px, target_px}; }

/// The largest centred part of a length that is scaled no less than the other axis is.
Axis centred(std::uint32_t source_px, std::uint32_t target_px, const Axis& other) {
  const std::int64_t overhang =
      std::int64_t{source_px} * other.target_px - std::int64_t{other.source_px} * target_px;  // of the other's parts
  if (overhang <= 0) return whole(source_px, target_px);
  return {source_px, target_px, overhang, 2 * other.step_parts, 2 * other.pixel_parts};
}

/// The nearest whole number of pixels, half a pixel rounded up; at least one, at most `most`.
std::uint32_t whole_pixels(std::uint64_t numerator, std::uint64_t denominator, std::uint32_t most) {
  return static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>((2 * numerator + denominator) / (2 * denominator), 1, most));
}

/// The size that a picture takes inside a canvas when all of it is to be seen.
PixelSize inner_size(PixelSize picture, PixelSize canvas) {
  const std::uint64_t width = std::uint64_t{canvas.height_px} * picture.width_px;   // as high as the canvas
  const std::uint64_t height = std::uint64_t{canvas.width_px} * picture.height_px;  // as wide as the canvas
  if (width >= height) return {canvas.width_px, whole_pixels(height, picture.width_px, canvas.height_px)};
  return {whole_pixels(width, picture.height_px, canvas.width_px), canvas.height_px};
}

}  // namespace

Frame frame_of(const Source& source, Fit fit, Size size) noexcept {
  Frame frame;
  frame.canvas = canvas_of(size, source.orientation);
  PixelSize inner = frame.canvas;
  if (fit == Fit::contain) {
    const PixelSize coarse = canvas_of(Size::small, source.orientation);
    const PixelSize coarse_inner = inner_size(source.size, coarse);
    const std::uint32_t scale = frame.canvas.width_px / coarse.width_px;
    inner = {coarse_inner.width_px * scale, coarse_inner.height_px * scale};
    frame.left_px = (coarse.width_px - coarse_inner.width_px) / 2 * scale;
    frame.top_px = (coarse.height_px - coarse_inner.height_px) / 2 * scale;
  }
  frame.across = whole(source.size.width_px, inner.width_px);
  frame.down = whole(source.size.height_px, inner.height_px);
  if (fit == Fit::cover) {
    const Axis across = frame.across;
    frame.across = centred(source.size.width_px, inner.width_px, frame.down);
    frame.down = centred(source.size.height_px, inner.height_px, across);
  }
  return frame;
}

}  // namespace locket::raster
