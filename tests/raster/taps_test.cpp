#include "raster/taps.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <numeric>
#include <utility>
#include <vector>

#include "raster/filter_shape.hpp"

namespace locket::raster {
namespace {

constexpr Filter every_filter[] = {Filter::lanczos3, Filter::mitchell, Filter::catmull_rom, Filter::triangle,
                                   Filter::box};

double shape_at(Filter filter, double distance) {
  shape(filter, {&distance, 1});
  return distance;
}

/// The weights one by one, from the even pixel of the first pair on.
std::vector<std::int32_t> singly(const Taps& taps) {
  std::vector<std::int32_t> weights;
  for (const std::int32_t pair : taps.weights) {
    weights.push_back(static_cast<std::int16_t>(pair & 0xffff));
    weights.push_back(pair >> 16);
  }
  return weights;
}

/// The middle two fifths of a source.
Axis part_of(std::uint32_t source_px, std::uint32_t target_px) {
  return {source_px, target_px, std::int64_t{3} * source_px * target_px, std::int64_t{4} * source_px,
          std::int64_t{10} * target_px};
}

std::vector<Axis> axes() {
  std::vector<Axis> every;
  for (const std::uint32_t source : {1U, 2U, 3U, 7U, 40U, 333U, 800U, 1920U, 30'000U}) {
    for (const std::uint32_t target : {1U, 5U, 400U, 800U}) {
      every.push_back({source, target, 0, source, target});
      every.push_back(part_of(source, target));
    }
  }
  return every;
}

TEST(TapTable, SumsToExactlyOne) {
  for (const Filter filter : every_filter) {
    for (const Axis& axis : axes()) {
      const TapTable table(axis, filter, 0);
      for (std::size_t at = 0; at < table.size(); ++at) {
        const std::vector<std::int32_t> weights = singly(table.at(at));
        ASSERT_EQ(std::accumulate(weights.begin(), weights.end(), 0), 1 << table.at(at).shift);
      }
    }
  }
}

TEST(TapTable, CanNotOverflow) {
  for (const Filter filter : every_filter) {
    for (const Axis& axis : axes()) {
      const TapTable table(axis, filter, 8);
      for (std::size_t at = 0; at < table.size(); ++at) {
        std::int64_t absolute = 0;
        for (const std::int32_t weight : singly(table.at(at))) absolute += std::abs(weight);
        ASSERT_LT(absolute, 65'536);
      }
    }
  }
}

TEST(TapTable, StaysInsideThePictureAndItsWindow) {
  for (const Axis& axis : axes()) {
    const TapTable table(axis, Filter::lanczos3, 8);
    std::uint32_t reached = 0;
    for (std::size_t at = 0; at < table.size(); ++at) {
      const Taps taps = table.at(at);
      const auto end = static_cast<std::uint32_t>(taps.first_pair + taps.weights.size());
      ASSERT_LE(end, (axis.source_px + 1) / 2);
      ASSERT_GE(taps.first_pair, table.first_pair());
      ASSERT_LE(end, table.end_pair());
      reached = std::max(reached, end);
      ASSERT_LE(reached - taps.first_pair, table.window_pairs());
    }
  }
}

TEST(TapTable, TakesAPixelAsItIsWhenNothingIsScaled) {
  const TapTable table({800, 800, 0, 1, 1}, Filter::lanczos3, 0);
  for (std::uint32_t at = 0; at < 800; ++at) {
    EXPECT_EQ(table.at(at).first_pair, at / 2);
    const std::vector<std::int32_t> whole{at % 2 == 0 ? 1 << 14 : 0, at % 2 == 1 ? 1 << 14 : 0};
    EXPECT_EQ(singly(table.at(at)), whole);
  }
}

TEST(TapTable, FollowsItsFilter) {
  // Reduced by 4, the centre of target pixel 10 lies at 42, between two source pixels.
  const TapTable table({400, 100, 0, 4, 1}, Filter::lanczos3, 0);
  const Taps taps = table.at(10);
  const std::vector<std::int32_t> weights = singly(taps);
  ASSERT_GT(weights.size(), 20U);
  for (std::size_t at = 0; at < weights.size(); ++at) {
    const double distance = (2.0 * taps.first_pair + static_cast<double>(at) + 0.5 - 42.0) / 4.0;
    EXPECT_NEAR(weights[at] / 32'768.0, shape_at(Filter::lanczos3, distance) / 4.0, 1e-3) << at;
  }
}

// Where the source and the target have a common edge or middle, a source pixel's middle lies on the box's edge.
TEST(TapTable, OfTheBoxGivesAPixelOnItsEdgeHalf) {
  for (const std::int64_t source : {100, 401, 750, 777, 999, 1'003, 1'200, 1'920, 4'000}) {
    for (const std::int64_t target : {250, 400, 800}) {
      const Axis axis{static_cast<std::uint32_t>(source), static_cast<std::uint32_t>(target), 0, source, target};
      const TapTable table(axis, Filter::box, 0);
      const std::int64_t width = std::max(source, target);  // of the box, in parts
      for (std::int64_t at = 0; at < target; ++at) {
        const Taps taps = table.at(static_cast<std::size_t>(at));
        const std::vector<std::int32_t> weights = singly(taps);
        std::vector<std::int64_t> halves(static_cast<std::size_t>(source) + 1);  // a pixel within the box has two
        for (std::int64_t px = -1; px <= source; ++px) {
          const std::int64_t distance = std::abs((2 * px + 1) * target - (2 * at + 1) * source);  // in halves of parts
          const std::int64_t due = distance < width ? 2 : distance == width ? 1 : 0;
          halves[static_cast<std::size_t>(std::clamp<std::int64_t>(px, 0, source - 1))] += due;
        }
        const auto all = static_cast<double>(std::accumulate(halves.begin(), halves.end(), std::int64_t{0}));
        for (std::size_t i = 0; i < weights.size(); ++i) {
          const double share = static_cast<double>(halves[2 * taps.first_pair + i]) / all;
          ASSERT_NEAR(weights[i], share * (1 << taps.shift), 1.0) << source << " to " << target << ", pixel " << at;
        }
      }
    }
  }
}

/// Which source pixels a target pixel weighs, and how.
std::vector<std::pair<std::uint32_t, std::int32_t>> weighed(const Taps& taps) {
  std::vector<std::pair<std::uint32_t, std::int32_t>> pixels;
  std::uint32_t source_px = 2 * taps.first_pair;
  for (const std::int32_t weight : singly(taps)) {
    if (weight != 0) pixels.emplace_back(source_px, weight);
    ++source_px;
  }
  return pixels;
}

void expect_mirrored(const Axis& axis, Filter filter, std::uint32_t margin_px) {
  const TapTable table(axis, filter, margin_px);
  for (std::size_t at = 0; at < table.size() / 2; ++at) {
    auto mirrored = weighed(table.at(table.size() - 1 - at));
    std::ranges::reverse(mirrored);
    for (auto& [px, weight] : mirrored) px = axis.source_px - 1 - px;
    ASSERT_EQ(weighed(table.at(at)), mirrored) << axis.source_px << " to " << axis.target_px << ", pixel " << at;
  }
}

TEST(TapTable, OfAMirroredPictureIsMirrored) {
  std::vector<std::uint32_t> sides{1, 2, 3, 4, 5, 400, 500, 640, 768, 800, 801, 1'024, 1'080, 1'920, 4'096, 30'001};
  for (std::uint32_t side = 7; side < 1'600; side += 61) sides.push_back(side);
  for (const Filter filter : every_filter) {
    for (const std::uint32_t side : sides) {
      const Source source{{side, 777}, RowFormat::rgb, 1};
      for (const Fit fit : {Fit::cover, Fit::contain, Fit::stretch}) {
        SCOPED_TRACE(static_cast<int>(filter));
        const Frame frame = frame_of(source, fit, side % 2 == 0 ? Size::small : Size::large);
        ASSERT_NO_FATAL_FAILURE(expect_mirrored(frame.across, filter, side % 3 * 4));
        ASSERT_NO_FATAL_FAILURE(expect_mirrored(frame.down, filter, 0));
      }
    }
  }
}

// The triangle's weights are then whole parts of their last bit, and sums of them have halves to be rounded.
TEST(TapTable, OfAMirroredPictureIsMirroredWhereWeightsLieHalfway) {
  for (const Filter filter : every_filter) {
    for (const std::uint32_t step : {256U, 512U, 1'024U, 4'096U}) {
      for (const std::uint32_t target : {1U, 3U, 5U}) {  // a target's middle lies on a source pixel's
        ASSERT_NO_FATAL_FAILURE(expect_mirrored({step * target + 1, target, 1, 2 * step, 2}, filter, 8));
      }
    }
  }
}

TEST(TapTable, MayBeCountedFromALaterPair) {
  TapTable table({400, 10, 400, 3, 2}, Filter::triangle, 0);
  const std::uint32_t first = table.first_pair();
  const std::uint32_t at_3 = table.at(3).first_pair;
  ASSERT_GT(first, 90U);
  table.count_from(first);
  EXPECT_EQ(table.first_pair(), 0U);
  EXPECT_EQ(table.at(3).first_pair, at_3 - first);
}

TEST(TapTable, HalvesAroundTheMiddleOfTwoPixels) {
  const TapTable table = TapTable::halving(400);
  for (std::uint32_t at = 0; at < 400; ++at) {
    const Taps taps = table.at(at);
    // Pixel 0 of the large picture stands behind its margin.
    EXPECT_EQ(2 * taps.first_pair + taps.weights.size(), 2 * at + 1 + halving_margin_px);
    const std::vector<std::int32_t> weights = singly(taps);
    EXPECT_EQ(std::accumulate(weights.begin(), weights.end(), 0), 1 << taps.shift);
    EXPECT_TRUE(std::equal(weights.begin(), weights.end(), weights.rbegin()));
  }
}

TEST(FilterShape, IsLanczosWithinAFiftyMillionth) {
  for (int at = 1; at < 3'000; ++at) {
    const double pi_x = std::numbers::pi * at / 1'000.0;
    const double exact = std::sin(pi_x) / pi_x * std::sin(pi_x / 3.0) / (pi_x / 3.0);
    EXPECT_NEAR(shape_at(Filter::lanczos3, at / 1'000.0), exact, 2e-8);
  }
  EXPECT_EQ(shape_at(Filter::lanczos3, 0.0), 1.0);
  for (const double zero : {1.0, 2.0, 3.0, 4.0}) EXPECT_EQ(shape_at(Filter::lanczos3, zero), 0.0);
}

TEST(FilterShape, IsEvenAndEndsAtItsReach) {
  for (const Filter filter : every_filter) {
    for (double x = 0.0; x < 4.0; x += 0.01) {
      EXPECT_EQ(shape_at(filter, x), shape_at(filter, -x));
      const bool ends = x <= reach_of(filter) || shape_at(filter, x) == 0.0;
      EXPECT_TRUE(ends) << x;
    }
  }
}

}  // namespace
}  // namespace locket::raster
