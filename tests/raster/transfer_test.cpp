#include "raster/transfer.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace locket::raster {
namespace {

/// IEC 61966-2-1, both from and to 0 .. 1.
double exact_linear(double srgb) { return srgb <= 0.04045 ? srgb / 12.92 : std::pow((srgb + 0.055) / 1.055, 2.4); }

double exact_srgb(double linear) {
  return linear <= 0.0031308 ? linear * 12.92 : 1.055 * std::pow(linear, 1.0 / 2.4) - 0.055;
}

TEST(Transfer, FollowsSrgbToATwentiethOfAStep) {
  for (std::size_t sample = 0; sample < 256; ++sample) {
    const double linear = static_cast<double>(linear_of_srgb()[sample]) / linear_one;
    EXPECT_NEAR(255.0 * exact_srgb(linear), static_cast<double>(sample), 0.05) << sample;
  }
}

TEST(Transfer, RoundsToTheNearestSample) {
  for (std::size_t light = 0; light < srgb_of_linear().size(); ++light) {
    const double exact = 255.0 * exact_srgb(static_cast<double>(light) / linear_one);
    EXPECT_NEAR(srgb_of_linear()[light], exact, 0.55) << light;
  }
}

TEST(Transfer, InvertsExactly) {
  for (std::size_t sample = 0; sample < 256; ++sample) {
    EXPECT_EQ(srgb_of_linear()[static_cast<std::size_t>(linear_of_srgb()[sample])], sample);
    EXPECT_EQ(alpha_of_linear(static_cast<std::int32_t>(sample) << 7), sample);
  }
}

TEST(Transfer, NeverFalls) {
  for (std::int32_t srgb = 1; srgb <= 255 << 7; ++srgb) {
    EXPECT_GE(linear_at(srgb), linear_at(srgb - 1)) << srgb;
    EXPECT_NEAR(linear_at(srgb), exact_linear(srgb / 32'640.0) * linear_one, 12.0) << srgb;
  }
}

TEST(Transfer, TakesNothingFromOpaqueAndAllFromEmpty) {
  EXPECT_EQ(absence_of(255), 0);
  for (std::int32_t alpha = 0; alpha < 256; ++alpha) {
    EXPECT_NEAR(absence_of(static_cast<std::uint8_t>(alpha)), (255 - alpha) * 32'768.0 / 255.0, 1.01) << alpha;
  }
}

}  // namespace
}  // namespace locket::raster
