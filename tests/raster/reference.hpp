#pragma once

#include <vector>

#include "base/image.hpp"
#include "locket/picture.hpp"

namespace locket::raster {

/// A picture in 64-bit floating point: red, green, blue and alpha of each pixel, sRGB from 0 to 255, not premultiplied.
struct ReferencePicture {
  PixelSize size;
  std::vector<double> samples;
};

/// Resamples with Lanczos-3 in linear light with premultiplied alpha, each size straight from the source, without any
/// rounding: what locket's own pictures are judged by. Slow.
/// Inputs: the whole source, `cover` or `stretch`, the target before any orientation.
[[nodiscard]] ReferencePicture reference_of(const Image& source, Fit fit, PixelSize target);

/// The peak signal-to-noise ratio in dB of a picture against a reference that is rounded to 8 bits, both laid over
/// mid-grey (128). Infinite when they are equal.
[[nodiscard]] double psnr_db(const Image& image, const ReferencePicture& reference);

}  // namespace locket::raster
