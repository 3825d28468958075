#include "raster/geometry.hpp"

#include <algorithm>
#include <cmath>

namespace locket::raster {
namespace {

struct Extent {
  double width;
  double height;
};

PixelSize canvas_of(Size size, std::uint8_t orientation) {
  const PixelSize upright = size_px(size);
  return swaps_axes(orientation) ? PixelSize{upright.height_px, upright.width_px} : upright;
}

/// The largest centred part of a length that has the wished shape, as (begin, length).
struct Part {
  double begin;
  double length;
};

Part centred(double whole, double wished) {
  const double length = std::min(whole, wished);
  return {(whole - length) / 2.0, length};
}

std::uint32_t whole_pixels(double length, std::uint32_t most) {
  return static_cast<std::uint32_t>(std::clamp(std::floor(length + 0.5), 1.0, static_cast<double>(most)));
}

/// The size that a picture takes inside a canvas when all of it is to be seen.
PixelSize inner_size(Extent picture, PixelSize canvas) {
  const double width = canvas.width_px;
  const double height = canvas.height_px;
  if (picture.width * height >= picture.height * width) {
    return {canvas.width_px, whole_pixels(width * picture.height / picture.width, canvas.height_px)};
  }
  return {whole_pixels(height * picture.width / picture.height, canvas.width_px), canvas.height_px};
}

}  // namespace

Frame frame_of(const Source& source, Fit fit, Size size) noexcept {
  const Extent picture{static_cast<double>(source.size.width_px), static_cast<double>(source.size.height_px)};
  Frame frame;
  frame.canvas = canvas_of(size, source.orientation);
  PixelSize inner = frame.canvas;
  Part across{0.0, picture.width};
  Part down{0.0, picture.height};
  if (fit == Fit::cover) {
    const double width = frame.canvas.width_px;
    const double height = frame.canvas.height_px;
    across = centred(picture.width, picture.height * width / height);
    down = centred(picture.height, picture.width * height / width);
  } else if (fit == Fit::contain) {
    const PixelSize coarse = canvas_of(Size::small, source.orientation);
    const PixelSize coarse_inner = inner_size(picture, coarse);
    const std::uint32_t scale = frame.canvas.width_px / coarse.width_px;
    inner = {coarse_inner.width_px * scale, coarse_inner.height_px * scale};
    frame.left_px = (coarse.width_px - coarse_inner.width_px) / 2 * scale;
    frame.top_px = (coarse.height_px - coarse_inner.height_px) / 2 * scale;
  }
  frame.across = {source.size.width_px, inner.width_px, across.begin, across.length / inner.width_px};
  frame.down = {source.size.height_px, inner.height_px, down.begin, down.length / inner.height_px};
  return frame;
}

}  // namespace locket::raster
