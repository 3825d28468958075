#include <gtest/gtest.h>

#include <tuple>

#include "pictures.hpp"
#include "reference.hpp"

namespace locket::raster {
namespace {

constexpr double goal_db = 55.0;

void expect_near_reference(const Image& source, Fit fit) {
  const Images images = resize(source, Recipe{.fit = fit});
  for (const Image* image : {&images.small, &images.large}) {
    const ReferencePicture reference = reference_of(source, fit, image->size);
    EXPECT_GE(psnr_db(*image, reference), goal_db) << image->size.width_px;
  }
}

class ResizerQuality : public testing::TestWithParam<std::tuple<Subject, PixelSize>> {};

TEST_P(ResizerQuality, OfRgbIsNearTheReference) {
  const auto& [subject, size] = GetParam();
  expect_near_reference(draw(subject, size, RowFormat::rgb), Fit::cover);
}

TEST_P(ResizerQuality, OfAlphaIsNearTheReference) {
  const auto& [subject, size] = GetParam();
  expect_near_reference(draw(subject, size, RowFormat::rgba), Fit::cover);
}

INSTANTIATE_TEST_SUITE_P(Pictures, ResizerQuality,
                         testing::Combine(testing::Values(Subject::thin_lines, Subject::checker, Subject::gradient,
                                                          Subject::noise, Subject::blobs),
                                          testing::Values(PixelSize{1280, 720}, PixelSize{1001, 777},
                                                          PixelSize{333, 211}, PixelSize{500, 900},
                                                          PixelSize{40, 25})));

TEST(ResizerQuality, OfGreyIsNearTheReference) {
  for (const PixelSize size : {PixelSize{1280, 960}, PixelSize{640, 480}}) {
    expect_near_reference(draw(Subject::thin_lines, size, RowFormat::grey), Fit::cover);
  }
}

TEST(ResizerQuality, OfStretchedPicturesIsNearTheReference) {
  for (const PixelSize size : {PixelSize{1500, 300}, PixelSize{300, 1500}}) {
    expect_near_reference(draw(Subject::blobs, size, RowFormat::rgb), Fit::stretch);
  }
}

TEST(ResizerQuality, OfExtremeShapesIsNearTheReference) {
  for (const PixelSize size : {PixelSize{1, 30'000}, PixelSize{30'000, 1}}) {
    expect_near_reference(draw(Subject::noise, size, RowFormat::rgb), Fit::stretch);
  }
}

TEST(ResizerQuality, OfCheckersIsNearTheReferenceWhereHalvingBegins) {
  for (const std::uint32_t period_px : {3U, 4U, 5U}) {
    for (const PixelSize size : {PixelSize{1'361, 851}, PixelSize{1'440, 900}}) {
      Image source{size, RowFormat::grey, {}};
      for (std::uint32_t y = 0; y < size.height_px; ++y) {
        for (std::uint32_t x = 0; x < size.width_px; ++x) {
          source.samples.push_back((x / period_px + y / period_px) % 2 == 0 ? 0 : 255);
        }
      }
      expect_near_reference(source, Fit::cover);
    }
  }
}

TEST(ResizerQuality, OfLargePicturesIsNearTheReference) {
  expect_near_reference(draw(Subject::thin_lines, {3840, 2160}, RowFormat::rgb), Fit::cover);
}

}  // namespace
}  // namespace locket::raster
