#include "raster/taps.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <numeric>
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

std::vector<Axis> axes() {
  std::vector<Axis> every;
  for (const std::uint32_t source : {1U, 2U, 3U, 7U, 40U, 333U, 800U, 1920U, 30'000U}) {
    for (const std::uint32_t target : {1U, 5U, 400U, 800U}) {
      every.push_back({source, target, 0.0, static_cast<double>(source) / target});
      every.push_back({source, target, source * 0.3, source * 0.4 / target});
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
  const TapTable table({800, 800, 0.0, 1.0}, Filter::lanczos3, 0);
  for (std::uint32_t at = 0; at < 800; ++at) {
    EXPECT_EQ(table.at(at).first_pair, at / 2);
    const std::vector<std::int32_t> whole{at % 2 == 0 ? 1 << 14 : 0, at % 2 == 1 ? 1 << 14 : 0};
    EXPECT_EQ(singly(table.at(at)), whole);
  }
}

TEST(TapTable, FollowsItsFilter) {
  // Reduced by 4, the centre of target pixel 10 lies at 42, between two source pixels.
  const TapTable table({400, 100, 0.0, 4.0}, Filter::lanczos3, 0);
  const Taps taps = table.at(10);
  const std::vector<std::int32_t> weights = singly(taps);
  ASSERT_GT(weights.size(), 20U);
  for (std::size_t at = 0; at < weights.size(); ++at) {
    const double distance = (2.0 * taps.first_pair + static_cast<double>(at) + 0.5 - 42.0) / 4.0;
    EXPECT_NEAR(weights[at] / 32'768.0, shape_at(Filter::lanczos3, distance) / 4.0, 1e-3) << at;
  }
}

TEST(TapTable, MayBeCountedFromALaterPair) {
  TapTable table({400, 10, 200.0, 1.5}, Filter::triangle, 0);
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
