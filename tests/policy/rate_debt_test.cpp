#include "policy/rate_debt.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace locket::policy {
namespace {

__extension__ using Exact = __int128;

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t earliest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t latest = std::numeric_limits<std::int64_t>::max();

// The textbook form of the algorithm: a theoretical arrival time, in units of which `calls` make a nanosecond, so
// that every step is a whole number.
class Oracle {
 public:
  explicit Oracle(std::vector<RateWindow> windows) : windows_(std::move(windows)) {}

  // The nanoseconds until all windows admit a call, on a clock that never goes backwards; 0: now.
  Exact wait(std::int64_t now) const {
    Exact longest = 0;
    for (std::size_t i = 0; i < windows_.size(); ++i) {
      const Exact calls = windows_[i].calls;
      const Exact period = Exact{windows_[i].seconds} * second;
      const Exact arrival = arrivals_.empty() ? Exact{now} * calls : std::max(arrivals_[i], Exact{now} * calls);
      const Exact over = arrival + period - (Exact{now} * calls + period * calls);
      if (over > 0) longest = std::max(longest, (over + calls - 1) / calls);
    }
    return longest;
  }

  void charge(std::int64_t now) {
    const bool first = arrivals_.empty();
    arrivals_.resize(windows_.size());
    for (std::size_t i = 0; i < windows_.size(); ++i) {
      const Exact present = Exact{now} * windows_[i].calls;
      arrivals_[i] = (first ? present : std::max(arrivals_[i], present)) + Exact{windows_[i].seconds} * second;
    }
  }

 private:
  std::vector<RateWindow> windows_;
  std::vector<Exact> arrivals_;
};

std::vector<RateWindow> random_windows(std::mt19937_64& random) {
  static constexpr std::array<std::uint32_t, 12> odd_calls{1,  2,   3,   5,    7,      10,
                                                           99, 500, 997, 5000, 65'537, 1'000'000'000};
  static constexpr std::array<std::uint32_t, 9> odd_seconds{1, 2, 3, 7, 59, 60, 3600, 86'399, 31'622'400};
  std::vector<RateWindow> windows;
  for (std::size_t count = 1 + random() % 3; windows.size() < count;) {
    windows.push_back({odd_calls[random() % odd_calls.size()], odd_seconds[random() % odd_seconds.size()]});
  }
  return windows;
}

// A step of a clock: mostly small, seldom huge, sometimes backwards.
std::int64_t stepped(std::int64_t now, const RateDecision& last, std::mt19937_64& random) {
  const auto forwards = [&](std::uint64_t step) {
    return now > latest - static_cast<std::int64_t>(step) ? latest : now + static_cast<std::int64_t>(step);
  };
  switch (random() % 16) {
    case 0: return forwards(1);
    case 1: return forwards(random() % 1'000);
    case 2: return forwards(random() % second);
    case 3: return forwards(static_cast<std::uint64_t>(second) * (random() % 100));
    case 4: return forwards(std::uint64_t{last.retry_after_s} * second);
    case 5: return forwards(std::uint64_t{last.retry_after_s} * second - (last.retry_after_s > 0 ? 1 : 0));
    case 6: return random() % 64 == 0 ? forwards(static_cast<std::uint64_t>(second) * 3600) : now;
    case 7:
      return random() % 8 == 0
                 ? std::max(now, earliest + 3600 * second) - static_cast<std::int64_t>(random() % 3600) * second
                 : now;
    case 8: return random() % 4096 == 0 ? forwards(static_cast<std::uint64_t>(latest)) : now;
    default: return now;
  }
}

std::size_t seeds() {
  if (const char* asked = std::getenv("LOCKET_RATE_SEEDS")) return std::stoul(asked);
  return std::getenv("LOCKET_LONG_TESTS") == nullptr ? 1 : 100;
}

TEST(RateDebt, AgreesWithAnExactOracleOnOddClocksAndOneToThreeWindows) {
  for (std::size_t seed = 1; seed <= seeds(); ++seed) {
    std::mt19937_64 random(seed);
    std::size_t admitted = 0;
    for (std::size_t client = 0; client < 1000; ++client) {
      const std::vector<RateWindow> windows = random_windows(random);
      RateDebt debt;
      Oracle oracle(windows);
      std::int64_t now =
          random() % 4 == 0 ? static_cast<std::int64_t>(random()) : static_cast<std::int64_t>(random() % second);
      std::int64_t seen = earliest;
      RateDecision last;
      for (std::size_t call = 0; call < 1000; ++call) {
        // Going backwards gives nothing: the oracle never learns of it.
        seen = std::max(seen, now);
        const Exact wait = oracle.wait(seen);
        last = debt.charge(windows, {now});
        ASSERT_EQ(last.admitted, wait == 0) << "seed " << seed << ", client " << client << ", call " << call;
        if (last.admitted) {
          oracle.charge(seen);
          ++admitted;
          EXPECT_EQ(last.retry_after_s, 0U);
        } else {
          const Exact whole = (wait + (Exact{seen} - now) + second - 1) / second;
          const Exact told = std::min<Exact>(whole, std::numeric_limits<std::uint32_t>::max());
          ASSERT_EQ(Exact{last.retry_after_s}, told) << "seed " << seed << ", client " << client << ", call " << call;
        }
        now = stepped(now, last, random);
      }
    }
    EXPECT_GT(admitted, 100'000U) << "seed " << seed;
    EXPECT_LT(admitted, 900'000U) << "seed " << seed;
  }
}

TEST(RateDebt, RetryAfterIsTheTruthToTheNanosecond) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    const std::vector<RateWindow> windows{
        {static_cast<std::uint32_t>(1 + random() % 50), static_cast<std::uint32_t>(1 + random() % 90)},
        {static_cast<std::uint32_t>(1 + random() % 300), 3600}};
    RateDebt debt;
    std::int64_t now = static_cast<std::int64_t>(random() % 1'000'000);
    RateDecision decision{.admitted = true};
    while (decision.admitted) {
      decision = debt.charge(windows, {now});
      now += static_cast<std::int64_t>(random() % 1000);
    }
    // Ask copies, so that each question stands alone.
    const auto asked_at = [&](std::int64_t later) { return RateDebt(debt).charge(windows, {later}); };
    decision = asked_at(now);
    if (decision.admitted) continue;
    ASSERT_GE(decision.retry_after_s, 1U);
    EXPECT_TRUE(asked_at(now + decision.retry_after_s * second).admitted);
    EXPECT_FALSE(asked_at(now + (decision.retry_after_s - 1) * second).admitted);
  }
}

TEST(RateDebt, TheBoundaryLiesAtOneNanosecond) {
  const std::vector<RateWindow> windows{{3, 1}};  // a call is paid back in 333,333,333 and a third nanoseconds
  RateDebt debt;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(debt.charge(windows, {0}).admitted);
  EXPECT_FALSE(debt.charge(windows, {333'333'333}).admitted);
  EXPECT_TRUE(debt.charge(windows, {333'333'334}).admitted);
  EXPECT_FALSE(debt.charge(windows, {666'666'666}).admitted);
  EXPECT_TRUE(debt.charge(windows, {666'666'667}).admitted);
  EXPECT_FALSE(debt.charge(windows, {999'999'999}).admitted);
  EXPECT_TRUE(debt.charge(windows, {1'000'000'000}).admitted);
}

TEST(RateDebt, APartOfANanosecondIsOwedStill) {
  const std::vector<RateWindow> windows{{3, 1}};
  RateDebt debt;
  EXPECT_TRUE(debt.charge(windows, {0}).admitted);
  // All but a third of a nanosecond of the first call is paid back, so that three more are more than a second.
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(debt.charge(windows, {333'333'333}).admitted);
  EXPECT_FALSE(debt.charge(windows, {333'333'333}).admitted);
  EXPECT_TRUE(debt.charge(windows, {333'333'334}).admitted);
}

TEST(RateDebt, AWindowThatRefusesLeavesTheOthersUncharged) {
  const std::vector<RateWindow> both{{2, 1}, {3, 1000}};
  RateDebt debt;
  EXPECT_TRUE(debt.charge(both, {0}).admitted);
  EXPECT_TRUE(debt.charge(both, {0}).admitted);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(debt.charge(both, {0}).retry_after_s, 1U);
  // The long window has one call left, however often the short one refused.
  EXPECT_TRUE(debt.charge(both, {second}).admitted);
  EXPECT_EQ(debt.charge(both, {second}).retry_after_s, 333U);
  EXPECT_EQ(debt.charge(both, {10 * second}).retry_after_s, 324U);
}

TEST(RateDebt, ClocksAtBothEndsOfTimeNeitherOverflowNorGiveAnything) {
  const std::vector<RateWindow> windows{{2, 31'622'400}};
  for (const std::int64_t start : {earliest, earliest + 1, std::int64_t{-1}, std::int64_t{0}, latest - 1, latest}) {
    RateDebt debt;
    EXPECT_TRUE(debt.charge(windows, {start}).admitted);
    EXPECT_TRUE(debt.charge(windows, {start}).admitted);
    EXPECT_EQ(debt.charge(windows, {start}).retry_after_s, 15'811'200U);
    EXPECT_FALSE(debt.charge(windows, {earliest}).admitted);
    EXPECT_EQ(debt.settled_at().nanoseconds, start > 0 ? latest : start + 31'622'400 * second);
  }
  RateDebt debt;
  EXPECT_TRUE(debt.charge(windows, {latest}).admitted);
  EXPECT_TRUE(debt.charge(windows, {latest}).admitted);
  EXPECT_EQ(debt.charge(windows, {earliest}).retry_after_s, std::numeric_limits<std::uint32_t>::max());
  EXPECT_EQ(debt.charge(windows, {latest - second}).retry_after_s, 15'811'201U);
  RateDebt early;
  EXPECT_TRUE(early.charge(windows, {earliest}).admitted);
  EXPECT_TRUE(early.charge(windows, {earliest}).admitted);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(early.charge(windows, {latest}).admitted);
  EXPECT_FALSE(early.charge(windows, {latest}).admitted);
}

TEST(RateDebt, AChangeOfTierForgivesNothing) {
  const std::vector<RateWindow> low{{5, 60}, {50, 3600}};
  const std::vector<RateWindow> high{{50, 60}};
  RateDebt debt;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(debt.charge(low, {0}).admitted);
  EXPECT_FALSE(debt.charge(low, {0}).admitted);
  // Five of fifty are used up.
  for (int i = 0; i < 45; ++i) EXPECT_TRUE(debt.charge(high, {0}).admitted) << i;
  EXPECT_EQ(debt.charge(high, {0}).retry_after_s, 2U);
  // And back: all of both windows, of which the longer takes 72 s for a call.
  EXPECT_EQ(debt.charge(low, {0}).retry_after_s, 72U);
  EXPECT_FALSE(debt.charge(low, {72 * second - 1}).admitted);
  EXPECT_TRUE(debt.charge(low, {72 * second}).admitted);
  EXPECT_FALSE(debt.charge(low, {72 * second}).admitted);
}

TEST(RateDebt, AStartedCallIsTakenOverAsAWhole) {
  RateDebt debt;
  EXPECT_TRUE(debt.charge(std::vector<RateWindow>{{10, 10}}, {0}).admitted);
  EXPECT_TRUE(debt.charge(std::vector<RateWindow>{{10, 10}}, {0}).admitted);
  // One and a half calls are owed: two of three.
  const std::vector<RateWindow> three{{3, 60}};
  EXPECT_TRUE(debt.charge(three, {second / 2}).admitted);
  EXPECT_EQ(debt.charge(three, {second / 2}).retry_after_s, 20U);
}

TEST(RateDebt, IsSettledWhenNothingIsOwedAndNotBefore) {
  const std::vector<RateWindow> windows{{3, 1}, {1, 2}};
  RateDebt debt;
  EXPECT_TRUE(debt.is_settled({earliest}));
  EXPECT_TRUE(debt.charge(windows, {5}).admitted);
  EXPECT_EQ(debt.settled_at().nanoseconds, 5 + 2 * second);
  EXPECT_FALSE(debt.is_settled({4}));
  EXPECT_FALSE(debt.is_settled({5 + 2 * second - 1}));
  EXPECT_TRUE(debt.is_settled({5 + 2 * second}));
  RateDebt third;
  EXPECT_TRUE(third.charge(std::vector<RateWindow>{{3, 1}}, {0}).admitted);
  EXPECT_FALSE(third.is_settled({333'333'333}));
  EXPECT_TRUE(third.is_settled({333'333'334}));
  EXPECT_EQ(third.settled_at().nanoseconds, 333'333'334);
}

}  // namespace
}  // namespace locket::policy
