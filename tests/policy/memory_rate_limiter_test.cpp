#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "locket/rate_limit.hpp"
#include "policy/rate_debt.hpp"
#include "trusting_verifier.hpp"

namespace locket {
namespace {

using policy::TrustingVerifier;

constexpr std::int64_t second = 1'000'000'000;

std::uint64_t calls_of_a_thread() {
  if (const char* asked = std::getenv("LOCKET_RATE_CALLS")) return std::stoull(asked);
  return std::getenv("LOCKET_LONG_TESTS") == nullptr ? 20'000 : 1'000'000;
}

Identity client(const std::string& id) { return TrustingVerifier::identity("ulf", id); }

Identity client(std::uint64_t number) { return client("client-" + std::to_string(number)); }

TEST(MemoryRateLimiter, CountsEveryClientForItself) {
  const auto limiter = make_memory_rate_limiter();
  const Tier tier{"two", {{2, 60}}};
  for (const char* id : {"a", "b", "A", "ab"}) {
    EXPECT_TRUE(limiter->admit(client(id), tier, {0}));
    EXPECT_TRUE(limiter->admit(client(id), tier, {0}));
    const auto refused = limiter->admit(client(id), tier, {0});
    ASSERT_FALSE(refused);
    EXPECT_FALSE(refused.error().unavailable);
    EXPECT_EQ(refused.error().retry_after_s, 30U);
    EXPECT_EQ(refused.error().tier, "two");
  }
  // Whoever the user is: the client is charged.
  EXPECT_FALSE(limiter->admit(TrustingVerifier::identity("somebody", "a"), tier, {0}));
}

TEST(MemoryRateLimiter, ATierWithoutWindowsLimitsNobodyAndForgivesNothing) {
  const auto limiter = make_memory_rate_limiter();
  const Tier limited{"one", {{1, 60}}};
  const Tier unlimited{"unlimited", {}};
  EXPECT_TRUE(limiter->admit(client("a"), limited, {0}));
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(limiter->admit(client("a"), unlimited, {0}));
  EXPECT_FALSE(limiter->admit(client("a"), limited, {0}));
}

TEST(MemoryRateLimiter, AChangeOfTierForgivesNothing) {
  const auto limiter = make_memory_rate_limiter();
  const Tier low{"low", {{5, 60}}};
  const Tier high{"high", {{7, 60}}};
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(limiter->admit(client("a"), low, {0}));
  EXPECT_FALSE(limiter->admit(client("a"), low, {0}));
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(limiter->admit(client("a"), high, {0}));
  EXPECT_FALSE(limiter->admit(client("a"), high, {0}));
  EXPECT_FALSE(limiter->admit(client("a"), low, {0}));
}

TEST(MemoryRateLimiter, RefusesWindowsAndNamesOverTheLimits) {
  Limits limits;
  limits.rate_windows_max = 2;
  limits.rate_calls_max = 10;
  limits.rate_window_s_max = 60;
  limits.identifier_bytes_max = 4;
  const auto limiter = make_memory_rate_limiter(limits);
  const auto is_unavailable = [&](const Tier& tier, const char* id = "a") {
    const auto admission = limiter->admit(client(id), tier, {0});
    return !admission && admission.error().unavailable;
  };
  EXPECT_FALSE(is_unavailable({"fits", {{10, 60}, {1, 1}}}));
  EXPECT_FALSE(is_unavailable({"fits", {{10, 60}}}, "four"));
  EXPECT_TRUE(is_unavailable({"fits", {{10, 60}}}, "fives"));
  EXPECT_TRUE(is_unavailable({"three", {{1, 1}, {1, 2}, {1, 3}}}));
  EXPECT_TRUE(is_unavailable({"no calls", {{0, 1}}}));
  EXPECT_TRUE(is_unavailable({"no time", {{1, 0}}}));
  EXPECT_TRUE(is_unavailable({"too many calls", {{11, 60}}}));
  EXPECT_TRUE(is_unavailable({"too long", {{10, 61}}}));
  EXPECT_TRUE(is_unavailable({"the second one", {{10, 60}, {11, 60}}}));
}

TEST(MemoryRateLimiter, AFullTableForgetsOnlyWhoOwesNothing) {
  Limits limits;
  limits.rate_clients_max = 100;
  const auto limiter = make_memory_rate_limiter(limits);
  const Tier tier{"one", {{1, 60}}};
  // The first owes until 60 s, all others until 61 s.
  EXPECT_TRUE(limiter->admit(client(0), tier, {0}));
  for (std::uint64_t i = 1; i < 100; ++i) EXPECT_TRUE(limiter->admit(client(i), tier, {second}));
  const auto is_unavailable = [&](std::uint64_t number, std::int64_t now) {
    const auto admission = limiter->admit(client(number), tier, {now});
    return !admission && admission.error().unavailable;
  };
  EXPECT_TRUE(is_unavailable(100, second));
  EXPECT_TRUE(is_unavailable(100, 60 * second - 1));
  // Those in the table are served as ever.
  EXPECT_FALSE(limiter->admit(client(99), tier, {60 * second - 1}));
  EXPECT_FALSE(is_unavailable(99, 60 * second - 1));
  // One place is free, for one.
  EXPECT_TRUE(limiter->admit(client(100), tier, {60 * second}));
  EXPECT_TRUE(is_unavailable(101, 60 * second));
  for (std::uint64_t i = 1; i <= 100; ++i) EXPECT_FALSE(limiter->admit(client(i), tier, {61 * second - 1})) << i;
  // Now 99 places are.
  for (std::uint64_t i = 101; i < 200; ++i) EXPECT_TRUE(limiter->admit(client(i), tier, {61 * second})) << i;
  EXPECT_TRUE(is_unavailable(200, 61 * second));
}

TEST(MemoryRateLimiter, ATableOfNoPlacesServesNobody) {
  Limits limits;
  limits.rate_clients_max = 0;
  const auto limiter = make_memory_rate_limiter(limits);
  const auto admission = limiter->admit(client("a"), {"one", {{1, 60}}}, {0});
  ASSERT_FALSE(admission);
  EXPECT_TRUE(admission.error().unavailable);
}

TEST(MemoryRateLimiter, NobodysDebtIsForgottenInAFloodOfNewcomers) {
  Limits limits;
  limits.rate_clients_max = 1000;
  const auto limiter = make_memory_rate_limiter(limits);
  const Tier slow{"slow", {{1, 3600}}};
  const Tier fast{"fast", {{100, 1}}};
  for (std::uint64_t i = 0; i < 10; ++i) EXPECT_TRUE(limiter->admit(client("debtor-" + std::to_string(i)), slow, {0}));
  std::int64_t now = 0;
  for (std::uint64_t i = 0; i < 30'000; ++i) {
    now += 1'000'000;  // so that ten newcomers owe something at any time
    ASSERT_TRUE(limiter->admit(client(i), fast, {now})) << i;
  }
  for (std::uint64_t i = 0; i < 10; ++i) {
    const auto refused = limiter->admit(client("debtor-" + std::to_string(i)), slow, {now});
    ASSERT_FALSE(refused);
    EXPECT_FALSE(refused.error().unavailable);
    EXPECT_EQ(refused.error().retry_after_s, 3570U);
  }
}

// Many clients, a small table and an odd clock: whoever is not refused for want of a place is treated as if the table
// were endless.
TEST(MemoryRateLimiter, AnswersAsIfNobodyWereEverForgotten) {
  Limits limits;
  limits.rate_clients_max = 150;
  const auto limiter = make_memory_rate_limiter(limits);
  const std::vector<Tier> tiers{{"a", {{2, 1}}}, {"b", {{3, 2}, {5, 20}}}};
  std::vector<Identity> clients;
  for (std::uint64_t i = 0; i < 400; ++i) clients.push_back(client(i));
  std::vector<policy::RateDebt> debts(clients.size());
  std::mt19937_64 random(11);
  std::size_t unavailable = 0;
  std::size_t admitted = 0;
  std::int64_t now = 0;
  for (int i = 0; i < 200'000; ++i) {
    const std::size_t chosen = random() % (random() % 4 == 0 ? clients.size() : 50);
    const Tier& tier = tiers[chosen % 2];
    const auto admission = limiter->admit(clients[chosen], tier, {now});
    if (!admission && admission.error().unavailable) {
      ++unavailable;
    } else {
      const RateDecision expected = debts[chosen].charge(tier.windows, {now});
      ASSERT_EQ(admission.has_value(), expected.admitted) << i;
      if (!admission) {
        ASSERT_EQ(admission.error().retry_after_s, expected.retry_after_s) << i;
      }
      admitted += expected.admitted ? 1 : 0;
    }
    now += static_cast<std::int64_t>(random() % 3'000'000);
  }
  EXPECT_GT(unavailable, 100U);
  EXPECT_GT(admitted, 10'000U);
}

// Runs a job on eight threads at once; gives the sum of what they return.
template <class Job>
std::uint64_t on_eight_threads(const Job& job) {
  std::atomic<std::uint64_t> sum = 0;
  std::atomic<int> ready = 0;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (++ready; ready < 8;) std::this_thread::yield();
      sum += job(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return sum;
}

TEST(MemoryRateLimiter, EightThreadsTogetherAreAdmittedExactlyWhatIsDue) {
  const std::uint64_t calls = calls_of_a_thread();
  const auto limiter = make_memory_rate_limiter();
  const auto due = static_cast<std::uint32_t>(calls * 3);
  const Tier tier{"due", {{due, 60}, {due + 1, 3600}}};
  std::vector<Identity> clients;
  for (std::uint64_t i = 0; i < 4; ++i) clients.push_back(client(i));
  const auto admitted_at = [&](std::int64_t now) {
    return on_eight_threads([&](std::size_t thread) {
      std::uint64_t admitted = 0;
      for (std::uint64_t i = 0; i < calls; ++i) {
        if (limiter->admit(clients[(thread + i) % clients.size()], tier, {now})) ++admitted;
      }
      return admitted;
    });
  };
  // Eight threads bring each of four clients twice as many calls: all of them fit at first, then one more half.
  EXPECT_EQ(admitted_at(0), 8 * calls);
  EXPECT_EQ(admitted_at(0), 4 * calls);
  EXPECT_EQ(admitted_at(0), 0U);
  // Of the longer window one call was left, and in a minute a sixtieth of it comes back.
  EXPECT_EQ(admitted_at(60 * second), 4 * (1 + (std::uint64_t{due} + 1) / 60));
}

TEST(MemoryRateLimiter, EightThreadsTogetherTakeExactlyThePlacesThatThereAre) {
  Limits limits;
  limits.rate_clients_max = 1000;
  const auto limiter = make_memory_rate_limiter(limits);
  const Tier tier{"one", {{1, 60}}};
  // Every client is brought by two threads, and only one of the two is admitted.
  const auto admitted_at = [&](std::uint64_t from, std::int64_t now) {
    return on_eight_threads([&](std::size_t thread) {
      std::uint64_t admitted = 0;
      for (std::uint64_t i = 0; i < 500; ++i) {
        if (limiter->admit(client(from + thread / 2 * 500 + i), tier, {now})) ++admitted;
      }
      return admitted;
    });
  };
  EXPECT_EQ(admitted_at(0, 0), 1000U);
  EXPECT_EQ(admitted_at(10'000, 60 * second - 1), 0U);
  EXPECT_EQ(admitted_at(20'000, 60 * second), 1000U);
}

}  // namespace
}  // namespace locket
