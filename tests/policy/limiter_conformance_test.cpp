#include "policy/limiter_conformance.hpp"

#include <atomic>
#include <chrono>
#include <random>
#include <thread>
#include <vector>

#include "policy/trusting_verifier.hpp"

namespace locket {

std::string LimiterConformance::newcomer() {
  static std::atomic<std::uint64_t> number = std::random_device()() * std::uint64_t{1'000'000'007};
  return "client-" + std::to_string(++number);
}

std::expected<Admission, RateRefusal> LimiterConformance::admit(const std::string& client_id, const Tier& tier) {
  return limiter->admit(policy::TrustingVerifier::identity("ulf", client_id), tier, system_clock().monotonic_now());
}

namespace {

// Windows so long that no call is paid back while a test runs.
constexpr std::uint32_t year_s = 31'622'400;
constexpr std::uint32_t month_s = 2'592'000;

TEST_P(LimiterConformance, AdmitsExactlyTheCallsOfTheWindow) {
  const std::string client = newcomer();
  const Tier tier{"ten", {{10, month_s}}};
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(admit(client, tier)) << i;
  for (int i = 0; i < 10; ++i) {
    const auto refused = admit(client, tier);
    ASSERT_FALSE(refused);
    EXPECT_FALSE(refused.error().unavailable);
    EXPECT_EQ(refused.error().tier, "ten");
    EXPECT_LE(refused.error().retry_after_s, month_s / 10);
    EXPECT_GT(refused.error().retry_after_s, month_s / 10 - 600);
  }
}

TEST_P(LimiterConformance, CountsEveryClientForItself) {
  const Tier tier{"one", {{1, month_s}}};
  const std::string name = newcomer();
  for (const std::string& client :
       {name, name + "{a}", name + "{b}", name + "%7B", name + std::string("\0\r\n\"", 4)}) {
    EXPECT_TRUE(admit(client, tier));
    EXPECT_FALSE(admit(client, tier));
  }
}

TEST_P(LimiterConformance, ChargesAllWindowsOrNone) {
  const std::string client = newcomer();
  const Tier tier{"two", {{3, month_s}, {5, year_s}}};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(admit(client, tier)) << i;
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(admit(client, tier));
  // What the shorter window refused was not charged to the longer one: with the longer alone, two more calls fit.
  const Tier longer{"longer", {{5, year_s}}};
  EXPECT_TRUE(admit(client, longer));
  EXPECT_TRUE(admit(client, longer));
  EXPECT_FALSE(admit(client, longer));
}

TEST_P(LimiterConformance, TellsTheLongestWaitOfItsWindows) {
  const std::string client = newcomer();
  const Tier tier{"two", {{1, 60}, {1, month_s}}};
  EXPECT_TRUE(admit(client, tier));
  const auto refused = admit(client, tier);
  ASSERT_FALSE(refused);
  EXPECT_GT(refused.error().retry_after_s, month_s - 600);
}

TEST_P(LimiterConformance, AdmitsAfterTheWaitThatItTold) {
  const std::string client = newcomer();
  const Tier tier{"quick", {{2, 2}}};
  EXPECT_TRUE(admit(client, tier));
  EXPECT_TRUE(admit(client, tier));
  for (int i = 0; i < 3; ++i) {
    auto answer = admit(client, tier);
    if (answer) continue;  // on a slow machine the wait may be over
    EXPECT_EQ(answer.error().retry_after_s, 1U);
    std::this_thread::sleep_for(std::chrono::seconds(answer.error().retry_after_s));
    EXPECT_TRUE(admit(client, tier));
  }
}

TEST_P(LimiterConformance, DoesNotLimitATierWithoutWindows) {
  const std::string client = newcomer();
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(admit(client, {"endless", {}}));
}

TEST_P(LimiterConformance, RefusesWindowsAndNamesBeyondTheLimits) {
  const std::string client = newcomer();
  const Limits limits;
  for (const RateWindow window : {RateWindow{0, 1}, RateWindow{1, 0}, RateWindow{limits.rate_calls_max + 1, 1},
                                  RateWindow{1, limits.rate_window_s_max + 1}}) {
    const auto refused = admit(client, {"wrong", {window}});
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().unavailable);
  }
  const auto refused = admit(std::string(limits.identifier_bytes_max + 1, 'a'), {"one", {{1, 60}}});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().unavailable);
}

TEST_P(LimiterConformance, FourThreadsTogetherAreAdmittedExactlyWhatIsDue) {
  constexpr std::uint32_t due = 300;
  const std::string client = newcomer();
  const Tier tier{"due", {{due, month_s}, {due + 7, year_s}}};
  std::atomic<std::uint32_t> admitted = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (std::uint32_t i = 0; i < due / 2; ++i) {
        if (admit(client, tier)) ++admitted;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(admitted, due);
}

}  // namespace
}  // namespace locket
