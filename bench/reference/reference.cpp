#include "reference.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace bench {
namespace {

constexpr std::size_t channels = 4;
constexpr double reach = 3;

/// IEC 61966-2-1, from 0..1 to 0..1.
double to_linear(double srgb) { return srgb <= 0.04045 ? srgb / 12.92 : std::pow((srgb + 0.055) / 1.055, 2.4); }

double to_srgb(double linear) {
  return linear <= 0.0031308 ? linear * 12.92 : 1.055 * std::pow(linear, 1 / 2.4) - 0.055;
}

double lanczos(double x) {
  if (x == 0) return 1;
  if (std::abs(x) >= reach) return 0;
  const double angle = std::numbers::pi * x;
  return reach * std::sin(angle) * std::sin(angle / reach) / (angle * angle);
}

/// The part of one axis of the source that is shown, in pixels and fractions of them.
struct Extent {
  double start;
  double length;
};

struct Shown {
  Extent x;
  Extent y;
};

Shown shown_part(const Picture& picture, Geometry geometry, const Target& target) {
  const double width = picture.width_px;
  const double height = picture.height_px;
  Shown shown{{0, width}, {0, height}};
  if (geometry == Geometry::stretch) return shown;
  const double shape = static_cast<double>(target.width_px) / target.height_px;
  if (width > height * shape) {
    shown.x = {(width - height * shape) / 2, height * shape};
  } else {
    shown.y = {(height - width / shape) / 2, width / shape};
  }
  return shown;
}

/// The source pixels that one target pixel is made of.
struct Taps {
  std::ptrdiff_t first;
  std::vector<double> weights;
};

std::vector<Taps> make_taps(const Extent& extent, std::uint32_t target_px) {
  const double step = extent.length / target_px;
  const double stretch = std::max(step, 1.0);
  std::vector<Taps> all;
  for (std::uint32_t i = 0; i < target_px; ++i) {
    const double centre = extent.start + (i + 0.5) * step;
    const auto first = static_cast<std::ptrdiff_t>(std::floor(centre - reach * stretch));
    const auto last = static_cast<std::ptrdiff_t>(std::ceil(centre + reach * stretch));
    Taps taps{first, {}};
    double sum = 0;
    for (std::ptrdiff_t at = first; at <= last; ++at) {
      taps.weights.push_back(lanczos((static_cast<double>(at) + 0.5 - centre) / stretch));
      sum += taps.weights.back();
    }
    for (double& weight : taps.weights) weight /= sum;
    all.push_back(std::move(taps));
  }
  return all;
}

/// Applies taps to one line of pixels that lie `stride` values apart, and writes its results equally far apart as told.
void resample(const double* line, std::ptrdiff_t length_px, std::size_t stride, const std::vector<Taps>& all,
              double* to, std::size_t to_stride) {
  for (const Taps& taps : all) {
    std::array<double, channels> sum{};
    std::ptrdiff_t at = taps.first;
    for (const double weight : taps.weights) {
      const auto pixel = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(at++, 0, length_px - 1));
      for (std::size_t c = 0; c < channels; ++c) sum[c] += weight * line[pixel * stride + c];
    }
    std::copy(sum.begin(), sum.end(), to);
    to += to_stride;
  }
}

/// Turns a premultiplied linear pixel into sRGB that is not premultiplied, 0 to 255.
void finish(double* pixel) {
  const double alpha = std::clamp(pixel[3], 0.0, 1.0);
  for (std::size_t c = 0; c < 3; ++c) {
    const double linear = alpha > 0 ? std::clamp(pixel[c] / alpha, 0.0, 1.0) : 0;
    pixel[c] = 255 * to_srgb(linear);
  }
  pixel[3] = 255 * alpha;
}

double over_mid_grey(double value, double alpha) { return (value * alpha + 128 * (255 - alpha)) / 255; }

double decibels(double squares, std::size_t count) {
  if (squares == 0) return 100;
  return std::min(100.0, 10 * std::log10(255.0 * 255.0 * static_cast<double>(count) / squares));
}

}  // namespace

Reference make_reference(const Picture& picture, Geometry geometry, const Target& target) {
  std::vector<double> linear_of(65536);
  for (std::size_t i = 0; i < linear_of.size(); ++i) linear_of[i] = to_linear(static_cast<double>(i) / 65535);

  const Shown shown = shown_part(picture, geometry, target);
  const std::vector<Taps> across = make_taps(shown.x, target.width_px);
  const std::vector<Taps> down = make_taps(shown.y, target.height_px);

  const std::size_t source_row = channels * picture.width_px;
  const std::size_t target_row = channels * target.width_px;
  std::vector<double> line(source_row);
  std::vector<double> narrow(target_row * picture.height_px);
  for (std::size_t y = 0; y < picture.height_px; ++y) {
    for (std::size_t x = 0; x < source_row; x += channels) {
      const std::uint16_t* pixel = picture.samples.data() + y * source_row + x;
      const double alpha = pixel[3] / 65535.0;
      for (std::size_t c = 0; c < 3; ++c) line[x + c] = linear_of[pixel[c]] * alpha;
      line[x + 3] = alpha;
    }
    resample(line.data(), picture.width_px, channels, across, narrow.data() + y * target_row, channels);
  }

  Reference reference{target.width_px, target.height_px, std::vector<double>(target_row * target.height_px)};
  for (std::size_t x = 0; x < target_row; x += channels)
    resample(narrow.data() + x, picture.height_px, target_row, down, reference.values.data() + x, target_row);
  for (std::size_t i = 0; i < reference.values.size(); i += channels) finish(reference.values.data() + i);
  return reference;
}

Quality compare(const Picture& picture, const Reference& reference) {
  double exact = 0;
  double rounded = 0;
  for (std::size_t i = 0; i < reference.values.size(); i += channels) {
    const double alpha = picture.samples[i + 3] / 257.0;
    const double true_alpha = reference.values[i + 3];
    for (std::size_t c = 0; c < 3; ++c) {
      const double shown = over_mid_grey(picture.samples[i + c] / 257.0, alpha);
      const double error = shown - over_mid_grey(reference.values[i + c], true_alpha);
      const double error_of_rounded =
          shown - over_mid_grey(std::round(reference.values[i + c]), std::round(true_alpha));
      exact += error * error;
      rounded += error_of_rounded * error_of_rounded;
    }
  }
  const std::size_t count = reference.values.size() / channels * 3;
  return {decibels(exact, count), decibels(rounded, count)};
}

}  // namespace bench
