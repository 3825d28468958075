#include "reference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace locket::raster {
namespace {

double to_linear(double sample) {
  const double s = sample / 255.0;
  return s <= 0.04045 ? s / 12.92 : std::pow((s + 0.055) / 1.055, 2.4);
}

double to_srgb(double light) {
  const double l = std::clamp(light, 0.0, 1.0);
  return 255.0 * (l <= 0.0031308 ? l * 12.92 : 1.055 * std::pow(l, 1.0 / 2.4) - 0.055);
}

double sinc(double x) { return x == 0.0 ? 1.0 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x); }

double lanczos(double x) { return std::fabs(x) < 3.0 ? sinc(x) * sinc(x / 3.0) : 0.0; }

/// One axis of a plan: `target` samples made of the part of a line that begins at `begin` and is `length` long.
struct Plan {
  double begin;
  double length;
  std::int64_t source;
  std::int64_t target;
};

/// Scales every one of `lines` lines. The samples of a line lie `stride` apart, and neighbouring lines one apart.
void scale(const Plan& plan, const double* from, double* to, std::ptrdiff_t stride, std::ptrdiff_t lines) {
  const double step = plan.length / static_cast<double>(plan.target);
  const double stretch = std::max(step, 1.0);
  for (std::int64_t out = 0; out < plan.target; ++out) {
    const double centre = plan.begin + (static_cast<double>(out) + 0.5) * step;
    double* const line = to + out * stride;
    double weights = 0.0;
    const auto first = static_cast<std::int64_t>(std::floor(centre - 3.0 * stretch)) - 1;
    const auto last = static_cast<std::int64_t>(std::ceil(centre + 3.0 * stretch)) + 1;
    for (std::int64_t at = first; at <= last; ++at) {
      const double weight = lanczos((static_cast<double>(at) + 0.5 - centre) / stretch);
      const double* const source = from + std::clamp<std::int64_t>(at, 0, plan.source - 1) * stride;
      for (std::ptrdiff_t sample = 0; sample < lines; ++sample) line[sample] += weight * source[sample];
      weights += weight;
    }
    for (std::ptrdiff_t sample = 0; sample < lines; ++sample) line[sample] /= weights;
  }
}

/// The source in linear light, premultiplied, four channels.
std::vector<double> linear_of(const Image& source) {
  const std::size_t pixels = static_cast<std::size_t>(source.size.width_px) * source.size.height_px;
  const std::size_t channels = channels_of(source.format);
  std::vector<double> linear(pixels * 4);
  for (std::size_t at = 0; at < pixels; ++at) {
    const std::uint8_t* pixel = source.samples.data() + at * channels;
    const double alpha = channels == 4 ? pixel[3] / 255.0 : 1.0;
    for (std::size_t channel = 0; channel < 3; ++channel) {
      linear[at * 4 + channel] = to_linear(pixel[channels == 1 ? 0 : channel]) * alpha;
    }
    linear[at * 4 + 3] = alpha;
  }
  return linear;
}

}  // namespace

ReferencePicture reference_of(const Image& source, Fit fit, PixelSize target) {
  const double width = source.size.width_px;
  const double height = source.size.height_px;
  double wide = width;
  double high = height;
  if (fit == Fit::cover) {
    const double shape = static_cast<double>(target.width_px) / target.height_px;
    if (width / height > shape) {
      wide = height * shape;
    } else {
      high = width / shape;
    }
  }
  const std::vector<double> linear = linear_of(source);
  const auto row = static_cast<std::ptrdiff_t>(source.size.width_px) * 4;
  const auto made_row = static_cast<std::ptrdiff_t>(target.width_px) * 4;
  std::vector<double> lower(static_cast<std::size_t>(row) * target.height_px);
  scale({(height - high) / 2.0, high, source.size.height_px, target.height_px}, linear.data(), lower.data(), row, row);
  ReferencePicture made{target, std::vector<double>(static_cast<std::size_t>(made_row) * target.height_px)};
  for (std::ptrdiff_t y = 0; y < target.height_px; ++y) {
    scale({(width - wide) / 2.0, wide, source.size.width_px, target.width_px}, lower.data() + y * row,
          made.samples.data() + y * made_row, 4, 4);
  }
  for (std::size_t at = 0; at < made.samples.size(); at += 4) {
    const double alpha = std::clamp(made.samples[at + 3], 0.0, 1.0);
    for (std::size_t channel = 0; channel < 3; ++channel) {
      made.samples[at + channel] = alpha < 0.5 / 255.0 ? 0.0 : to_srgb(made.samples[at + channel] / alpha);
    }
    made.samples[at + 3] = alpha * 255.0;
  }
  return made;
}

double psnr_db(const Image& image, const ReferencePicture& reference) {
  const std::size_t channels = channels_of(image.format);
  const std::size_t pixels = reference.samples.size() / 4;
  double squares = 0.0;
  for (std::size_t at = 0; at < pixels; ++at) {
    const std::uint8_t* pixel = image.samples.data() + at * channels;
    const double* wished = reference.samples.data() + at * 4;
    const double alpha = channels == 4 ? pixel[3] / 255.0 : 1.0;
    const double wished_alpha = std::round(wished[3]) / 255.0;
    for (std::size_t channel = 0; channel < 3; ++channel) {
      const double got = pixel[channels == 1 ? 0 : channel] * alpha + 128.0 * (1.0 - alpha);
      const double due = std::round(wished[channel]) * wished_alpha + 128.0 * (1.0 - wished_alpha);
      squares += (got - due) * (got - due);
    }
  }
  if (squares == 0.0) return std::numeric_limits<double>::infinity();
  return 10.0 * std::log10(255.0 * 255.0 * static_cast<double>(pixels * 3) / squares);
}

}  // namespace locket::raster
