#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "counted_heap.hpp"
#include "raster/resizer.hpp"

namespace locket::raster {
namespace {

constexpr std::size_t images_bytes(RowFormat format) {
  return std::size_t{800 * 500 + 400 * 250} * channels_of(format);
}

/// The most that a resizer holds while it takes a whole picture, beside the two images.
std::size_t working_bytes(PixelSize size, RowFormat format, Fit fit = Fit::cover) {
  constexpr std::uint32_t batch_rows = 16;
  const std::size_t row_bytes = std::size_t{size.width_px} * channels_of(format);
  const std::vector<std::uint8_t> rows(batch_rows * row_bytes, 100);
  const CountedHeap heap;
  auto resizer = make_resizer({size, format, 1}, {.fit = fit}).value();
  for (std::uint32_t y = 0; y < size.height_px; y += batch_rows) {
    resizer->push({rows.data(), row_bytes, std::min(batch_rows, size.height_px - y)}).value();
  }
  const Images images = resizer->finish().value();
  return heap.peak_bytes() - images_bytes(images.large.format);
}

TEST(ResizerMemory, StaysBelowOneAndThreeQuarterMebibytesForTranslucent4K) {
  EXPECT_LE(working_bytes({3840, 2160}, RowFormat::rgba), 1'792U * 1'024U);
}

TEST(ResizerMemory, DoesNotFollowTheHeight) {
  const std::size_t low = working_bytes({1'000, 5'000}, RowFormat::rgb);
  EXPECT_LE(working_bytes({1'000, 30'000}, RowFormat::rgb), low + 1'024);
}

TEST(ResizerMemory, ForAllOfAPictureIsBoundedByTheRowsThatMakeOne) {
  constexpr std::size_t mebibyte = 1'048'576;
  constexpr PixelSize widest{32'767, 1'220};  // of which `contain` makes 30 rows, each of 246
  EXPECT_LE(working_bytes(widest, RowFormat::rgba, Fit::contain), 66 * mebibyte);
  EXPECT_LE(working_bytes(widest, RowFormat::rgba, Fit::stretch), 9 * mebibyte);
  for (const Fit fit : {Fit::contain, Fit::stretch}) {
    EXPECT_LE(working_bytes({1'220, 32'767}, RowFormat::rgba, fit), 5 * mebibyte);
    EXPECT_LE(working_bytes({8'000, 5'000}, RowFormat::rgba, fit), 5'632U * 1'024U);
  }
}

TEST(ResizerMemory, IsBoundedForTheLargestPictures) {
  EXPECT_LE(working_bytes({8'000, 5'000}, RowFormat::rgba), 5'632U * 1'024U);
}

TEST(ResizerMemory, IsRefusedAnywhereWithoutHarm) {
  const Source source{{2'000, 1'100}, RowFormat::rgba, 1};
  std::uint64_t requests = 0;
  {
    const CountedHeap heap;
    ASSERT_TRUE(make_resizer(source, {}).has_value());
    requests = heap.requests();
  }
  ASSERT_GT(requests, 10U);
  for (std::uint64_t refused = 0; refused < requests; ++refused) {
    const CountedHeap heap(refused);
    const auto resizer = make_resizer(source, {});
    const bool told = !resizer && resizer.error().code == Code::out_of_memory;
    ASSERT_TRUE(told) << refused;
  }
}

TEST(ResizerMemory, IsNotTakenForRows) {
  const Source source{{2'000, 1'100}, RowFormat::rgba, 1};
  auto resizer = make_resizer(source, {}).value();
  const std::vector<std::uint8_t> rows(std::size_t{1'100} * 2'000 * 4, 77);
  std::uint64_t requests = 0;
  {
    const CountedHeap heap;
    resizer->push({rows.data(), std::size_t{2'000} * 4, 1'100}).value();
    requests = heap.requests();
  }
  EXPECT_EQ(requests, 0U);
}

}  // namespace
}  // namespace locket::raster
