#pragma once

#include <cstdint>
#include <vector>

#include "picture.hpp"

namespace bench {

/// How a picture of another shape fills the target.
enum class Geometry : std::uint8_t {
  stretch,  ///< the whole picture, each axis scaled on its own
  cover,    ///< the largest centred part of the target's shape, its edges at fractions of a pixel
};

/// A finished picture in 64-bit floats: four values a pixel (red, green, blue in sRGB, alpha not premultiplied), each
/// 0 to 255, rows without gaps.
struct Reference {
  std::uint32_t width_px = 0;
  std::uint32_t height_px = 0;
  std::vector<double> values;
};

/// The size that a reference is made for.
struct Target {
  std::uint32_t width_px = 0;
  std::uint32_t height_px = 0;
};

/// Resamples in linear light, premultiplied, with Lanczos-3, everything in 64-bit floats and straight from the source:
/// pixel centres at half-integers, three target pixels of reach when reducing and three source pixels when enlarging,
/// weights normalized to a sum of 1, edge pixels repeated beyond the picture. Cost: about a second for 4K.
Reference make_reference(const Picture& picture, Geometry geometry, const Target& target);

/// How far a finished picture is from the reference, as a peak signal-to-noise ratio in decibels over red, green and
/// blue, after both were laid over mid-grey; 100 when nothing differs.
struct Quality {
  double exact_db = 0;    ///< against the reference's own values: rounding alone leaves about 58.9
  double rounded_db = 0;  ///< against the reference rounded to 8 bits: the right picture scores 100
};

/// Compares a picture with a reference of the same size.
Quality compare(const Picture& picture, const Reference& reference);

}  // namespace bench
