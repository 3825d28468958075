#include "raster/geometry.hpp"

#include <gtest/gtest.h>

namespace locket::raster {
namespace {

Source source_of(PixelSize size, std::uint8_t orientation = 1) { return {size, RowFormat::rgb, orientation}; }

double begin_px(const Axis& axis) {
  return static_cast<double>(axis.begin_parts) / static_cast<double>(axis.pixel_parts);
}

double step_px(const Axis& axis) {
  return static_cast<double>(axis.step_parts) / static_cast<double>(axis.pixel_parts);
}

TEST(Geometry, CoverCutsTheOverhangEvenlyAtFractionsOfAPixel) {
  const Frame wide = frame_of(source_of({1920, 1080}), Fit::cover, Size::large);
  EXPECT_DOUBLE_EQ(begin_px(wide.across), 96.0);
  EXPECT_DOUBLE_EQ(step_px(wide.across), 1728.0 / 800.0);
  EXPECT_DOUBLE_EQ(begin_px(wide.down), 0.0);
  EXPECT_DOUBLE_EQ(step_px(wide.down), 1080.0 / 500.0);
  const Frame high = frame_of(source_of({333, 1000}), Fit::cover, Size::small);
  EXPECT_DOUBLE_EQ(begin_px(high.down), (1000.0 - 333.0 / 1.6) / 2.0);
  EXPECT_DOUBLE_EQ(step_px(high.down), 333.0 / 1.6 / 250.0);
  EXPECT_DOUBLE_EQ(begin_px(high.across), 0.0);
}

TEST(Geometry, StretchTakesEverything) {
  const Frame frame = frame_of(source_of({1000, 300}), Fit::stretch, Size::large);
  EXPECT_DOUBLE_EQ(step_px(frame.across), 1.25);
  EXPECT_DOUBLE_EQ(step_px(frame.down), 0.6);
  EXPECT_FALSE(frame.padded());
}

TEST(Geometry, ContainShowsTheSameInBothSizes) {
  for (const PixelSize size : {PixelSize{100, 37}, PixelSize{37, 100}, PixelSize{1, 30'000}, PixelSize{30'000, 1},
                               PixelSize{640, 399}, PixelSize{801, 500}}) {
    const Frame small = frame_of(source_of(size), Fit::contain, Size::small);
    const Frame large = frame_of(source_of(size), Fit::contain, Size::large);
    EXPECT_EQ(large.left_px, 2 * small.left_px);
    EXPECT_EQ(large.top_px, 2 * small.top_px);
    EXPECT_EQ(large.across.target_px, 2 * small.across.target_px);
    EXPECT_EQ(large.down.target_px, 2 * small.down.target_px);
    EXPECT_GE(small.across.target_px, 1U);
    EXPECT_GE(small.down.target_px, 1U);
    EXPECT_LE(small.left_px + small.across.target_px, 400U);
    EXPECT_LE(small.top_px + small.down.target_px, 250U);
  }
}

TEST(Geometry, SwapsTheTargetForLyingPictures) {
  const Frame frame = frame_of(source_of({500, 800}, 6), Fit::cover, Size::large);
  const PixelSize lying{500, 800};
  EXPECT_EQ(frame.canvas, lying);
  EXPECT_DOUBLE_EQ(step_px(frame.across), 1.0);
  EXPECT_DOUBLE_EQ(step_px(frame.down), 1.0);
}

}  // namespace
}  // namespace locket::raster
