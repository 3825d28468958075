#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "pictures.hpp"

// Before it makes weights sum to one, stb asserts that they nearly do; a narrow filter's need not.
#define STBIR_ASSERT(condition) static_cast<void>(condition)
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#include <stb/stb_image_resize.h>

namespace locket::raster {
namespace {

double to_linear(double sample) {
  const double s = sample / 255.0;
  return s <= 0.04045 ? s / 12.92 : std::pow((s + 0.055) / 1.055, 2.4);
}

double to_srgb(double linear) {
  const double l = std::fmin(std::fmax(linear, 0.0), 1.0);
  return 255.0 * (l <= 0.0031308 ? l * 12.92 : 1.055 * std::pow(l, 1.0 / 2.4) - 0.055);
}

/// The whole picture stretched over a target by stb, in linear light.
std::vector<double> by_stb(const Image& source, stbir_filter filter, PixelSize target) {
  std::vector<float> linear;
  for (const std::uint8_t sample : source.samples) linear.push_back(static_cast<float>(to_linear(sample)));
  std::vector<float> scaled(std::size_t{target.width_px} * target.height_px * 3);
  const int made = stbir_resize_float_generic(
      linear.data(), static_cast<int>(source.size.width_px), static_cast<int>(source.size.height_px), 0, scaled.data(),
      static_cast<int>(target.width_px), static_cast<int>(target.height_px), 0, 3, STBIR_ALPHA_CHANNEL_NONE, 0,
      STBIR_EDGE_CLAMP, filter, STBIR_COLORSPACE_LINEAR, nullptr);
  std::vector<double> samples;
  if (made == 1) {
    for (const float value : scaled) samples.push_back(to_srgb(value));
  }
  return samples;
}

struct SoftFilter {
  Filter ours;
  stbir_filter judge;
};

class SoftFilters : public testing::TestWithParam<SoftFilter> {};

TEST_P(SoftFilters, GiveWhatStbGives) {
  for (const PixelSize size : {PixelSize{1231, 903}, PixelSize{301, 207}}) {
    const Image source = draw(Subject::blobs, size, RowFormat::rgb);
    const Images images = resize(source, Recipe{.fit = Fit::stretch, .filter = GetParam().ours});
    for (const Image* image : {&images.small, &images.large}) {
      const std::vector<double> judged = by_stb(source, GetParam().judge, image->size);
      ASSERT_EQ(judged.size(), image->samples.size());
      double squares = 0.0;
      for (std::size_t at = 0; at < judged.size(); ++at) {
        const double difference = image->samples[at] - std::round(judged[at]);
        squares += difference * difference;
      }
      const double psnr_db = 10.0 * std::log10(255.0 * 255.0 * static_cast<double>(judged.size()) / squares);
      EXPECT_GE(psnr_db, 50.0) << size.width_px << ' ' << image->size.width_px;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Filters, SoftFilters,
                         testing::Values(SoftFilter{Filter::mitchell, STBIR_FILTER_MITCHELL},
                                         SoftFilter{Filter::catmull_rom, STBIR_FILTER_CATMULLROM},
                                         SoftFilter{Filter::triangle, STBIR_FILTER_TRIANGLE}));

}  // namespace
}  // namespace locket::raster
