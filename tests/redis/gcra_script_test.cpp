#include "redis/gcra_script.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <random>

#include "policy/rate_debt.hpp"
#include "redis/shared_redis.hpp"

namespace locket::redis {
namespace {

std::string newcomer() {
  static std::uint64_t number = std::random_device()() * std::uint64_t{1'000'000'007};
  return "script-" + std::to_string(++number);
}

Moment soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(10); }

std::vector<RateWindow> random_windows(std::mt19937_64& random) {
  static constexpr std::array<std::uint32_t, 12> odd_calls{1,  2,   3,   5,    7,      10,
                                                           99, 500, 997, 5000, 65'537, 1'000'000'000};
  static constexpr std::array<std::uint32_t, 9> odd_seconds{1, 2, 3, 7, 59, 60, 3600, 86'399, 31'622'400};
  std::vector<RateWindow> windows;
  for (std::size_t count = 1 + random() % 3; count > 0; --count) {
    windows.push_back({odd_calls[random() % odd_calls.size()], odd_seconds[random() % odd_seconds.size()]});
  }
  return windows;
}

// A step of time that often meets the moment in which something changes, or misses it by a microsecond.
std::uint64_t random_step(std::mt19937_64& random, const RateWindow& window) {
  const std::uint64_t share = window.seconds * std::uint64_t{1'000'000} / window.calls;
  switch (random() % 5) {
    case 0: return 0;
    case 1: return random() % 3;
    case 2: return share + random() % 3 - (share > 0 ? 1 : 0);
    case 3: return random() % (share + 2);
    default: return random() % (window.seconds * std::uint64_t{1'000'000});
  }
}

// Every answer, the wait included, is the one that the limiter in memory gives to the same calls at the same times.
TEST(GcraScript, AnswersAsTheExactDebtDoes) {
  LOCKET_NEEDS_REDIS(options);
  const char* rounds = std::getenv("LOCKET_RATE_ROUNDS");
  Cluster cluster(*options);
  std::mt19937_64 random(4711);
  int admitted = 0;
  int refused = 0;
  for (int client = rounds != nullptr ? std::stoi(rounds) : 30; client > 0; --client) {
    const std::string name = newcomer();
    auto windows = random_windows(random);
    policy::RateDebt debt;
    std::uint64_t now_us = 1'800'000'000'000'000 + random() % 1'000'000'000;
    for (int call = 0; call < 60; ++call) {
      if (random() % 25 == 0) windows = random_windows(random);
      now_us += random_step(random, windows[random() % windows.size()]);
      const auto charged = charge_counter(cluster, {name, windows, 1, now_us}, soon());
      ASSERT_TRUE(charged) << charged.error().detail;
      const RateDecision expected = debt.charge(windows, {static_cast<std::int64_t>(now_us) * 1'000});
      ASSERT_EQ(charged->calls == 1, expected.admitted) << "client " << client << ", call " << call;
      if (!expected.admitted) {
        ASSERT_EQ((charged->wait_us + 999'999) / 1'000'000, expected.retry_after_s) << client << ' ' << call;
      }
      ++(expected.admitted ? admitted : refused);
    }
  }
  EXPECT_GT(admitted, 250);
  EXPECT_GT(refused, 150);
}

TEST(GcraScript, TellsAWaitThatIsTrueToTheMicrosecond) {
  LOCKET_NEEDS_REDIS(options);
  Cluster cluster(*options);
  const std::string name = newcomer();
  const std::vector<RateWindow> windows{{3, 10}};
  std::uint64_t now_us = 1'800'000'000'000'000;
  for (int i = 0; i < 3; ++i) ASSERT_EQ(charge_counter(cluster, {name, windows, 1, now_us}, soon())->calls, 1U);
  for (int i = 0; i < 5; ++i) {
    const auto refused = charge_counter(cluster, {name, windows, 1, now_us}, soon());
    ASSERT_EQ(refused->calls, 0U);
    EXPECT_EQ(charge_counter(cluster, {name, windows, 1, now_us + refused->wait_us - 1}, soon())->calls, 0U);
    now_us += refused->wait_us;
    EXPECT_EQ(charge_counter(cluster, {name, windows, 1, now_us}, soon())->calls, 1U);
  }
}

TEST(GcraScript, ChargesManyCallsAtOnceOrOneOrNone) {
  LOCKET_NEEDS_REDIS(options);
  Cluster cluster(*options);
  const std::string name = newcomer();
  const std::vector<RateWindow> windows{{25, 1'000}, {100, 10'000}};
  const std::uint64_t now_us = 1'800'000'000'000'000;
  std::uint32_t sum = 0;
  for (const std::uint32_t expected : {10U, 10U, 1U, 1U, 1U, 1U, 1U, 0U, 0U}) {
    const auto charged = charge_counter(cluster, {name, windows, 10, now_us}, soon());
    ASSERT_TRUE(charged);
    EXPECT_EQ(charged->calls, expected);
    sum += charged->calls;
  }
  EXPECT_EQ(sum, 25U);
  EXPECT_EQ(charge_counter(cluster, {newcomer(), windows, 1'000, now_us}, soon())->calls, 1U);
}

TEST(GcraScript, TimeThatGoesBackPaysNothingBackAndIsWaitedFor) {
  LOCKET_NEEDS_REDIS(options);
  Cluster cluster(*options);
  const std::string name = newcomer();
  const std::vector<RateWindow> windows{{1, 10}};
  const std::uint64_t now_us = 1'800'000'000'000'000;
  ASSERT_EQ(charge_counter(cluster, {name, windows, 1, now_us}, soon())->calls, 1U);
  const auto refused = charge_counter(cluster, {name, windows, 1, now_us - 5'000'000}, soon());
  EXPECT_EQ(refused->calls, 0U);
  EXPECT_EQ(refused->wait_us, 15'000'000U);
}

}  // namespace
}  // namespace locket::redis
