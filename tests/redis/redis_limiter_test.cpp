#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "policy/trusting_verifier.hpp"
#include "redis/gcra_script.hpp"
#include "redis/kept_log.hpp"
#include "redis/scripted_server.hpp"
#include "redis/shared_redis.hpp"

namespace locket::redis {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t millisecond = 1'000'000;
const Tier yearly{"yearly", {{5, 31'622'400}}};

std::expected<Admission, RateRefusal> admit(RateLimiter& limiter, const std::string& client_id, const Tier& tier,
                                            MonotonicTime now = system_clock().monotonic_now()) {
  return limiter.admit(policy::TrustingVerifier::identity("ulf", client_id), tier, now);
}

// A single server, which knows nothing of a cluster.
std::string no_cluster() { return "-ERR This instance has cluster support disabled\r\n"; }

TEST(RedisLimiter, WhoCountsAloneCountsWhatWasLetInBefore) {
  std::atomic<bool> silent = false;
  const ScriptedServer server([&](std::string_view question) -> std::optional<std::string> {
    if (silent) return std::nullopt;
    return question.contains("SLOTS") ? no_cluster() : charged_answer(1, 0);
  });
  RedisOptions options = server.options();
  options.when_unreachable = WhenUnreachable::count_alone;
  const auto limiter = std::move(*make_redis_rate_limiter(options));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(admit(*limiter, "a", yearly));
  silent = true;
  int more = 0;
  for (int i = 0; i < 10; ++i) more += admit(*limiter, "a", yearly) ? 1 : 0;
  EXPECT_EQ(more, 2);
}

TEST(RedisLimiter, ChargesOneCallWhereTheOthersCanNotBeKept) {
  std::atomic<int> asked_for_one = 0;
  const ScriptedServer server([&](std::string_view question) {
    if (question.contains("SLOTS")) return no_cluster();
    asked_for_one += question.contains("$1\r\n-\r\n$1\r\n1\r\n") ? 1 : 0;
    return charged_answer(1, 0);
  });
  RedisOptions options = server.options();
  options.calls_at_once = 10;
  Limits limits;
  limits.rate_clients_max = 1;
  const auto without_a_place = std::move(*make_redis_rate_limiter(options, limits));
  EXPECT_TRUE(admit(*without_a_place, "a", yearly));
  EXPECT_EQ(asked_for_one, 1);
  const auto with_a_place = std::move(*make_redis_rate_limiter(options));
  EXPECT_TRUE(admit(*with_a_place, "a", yearly));
  EXPECT_EQ(asked_for_one, 1);
}

TEST(RedisLimiter, TellsFromMemoryAWaitThatAdmitsHoweverLongTheAnswerTook) {
  const ScriptedServer server([&](std::string_view question) {
    if (question.contains("SLOTS")) return no_cluster();
    std::this_thread::sleep_for(milliseconds(300));
    return charged_answer(0, 1'100'000);
  });
  RedisOptions options = server.options();
  options.wait_ms_max = 10'000;
  const auto limiter = std::move(*make_redis_rate_limiter(options));
  const auto asked = admit(*limiter, "a", yearly, {0});
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().retry_after_s, 2U);
  const auto remembered = admit(*limiter, "a", yearly, {310 * millisecond});
  ASSERT_FALSE(remembered);
  EXPECT_GE(remembered.error().retry_after_s, 2U);
}

// A cluster of two masters, one of which does not answer.
TEST(RedisLimiter, TellsOnceOfAServerThatIsAwayWhileOthersAnswer) {
  std::atomic<std::uint16_t> other = 0;
  std::atomic<bool> away = true;
  const auto place = [](std::uint16_t port) { return "*2\r\n$9\r\n127.0.0.1\r\n:" + std::to_string(port) + "\r\n"; };
  std::atomic<std::uint16_t> own = 0;
  const ScriptedServer there([&](std::string_view question) {
    if (!question.contains("SLOTS")) return charged_answer(1, 0);
    return "*2\r\n*3\r\n:0\r\n:8191\r\n" + place(own) + "*3\r\n:8192\r\n:16383\r\n" + place(other);
  });
  const ScriptedServer gone(
      [&](std::string_view) { return away ? "-LOADING as long as it is away\r\n" : charged_answer(1, 0); });
  own = there.port;
  other = gone.port;
  std::array<std::string, 2> clients;
  for (int i = 0; clients[0].empty() || clients[1].empty(); ++i) {
    const std::string client_id = std::to_string(i);
    clients[hash_slot(counter_key(client_id)) / 8'192] = client_id;
  }
  const Tier tier{"many", {{1'000'000, 3'600}}};
  KeptLog log;
  const auto limiter = std::move(*make_redis_rate_limiter(there.options(), {}, log));
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(admit(*limiter, clients[0], tier));
    EXPECT_FALSE(admit(*limiter, clients[1], tier));
  }
  EXPECT_EQ(log.events, std::vector<std::string>{"rates.unreachable"});
  away = false;
  const auto latest = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (log.events.size() < 2 && std::chrono::steady_clock::now() < latest) {
    EXPECT_TRUE(admit(*limiter, clients[1], tier));
    std::this_thread::sleep_for(milliseconds(100));
  }
  EXPECT_EQ(log.events, (std::vector<std::string>{"rates.unreachable", "rates.reachable"}));
}

// The calls that were charged together and kept would be let in beside those that their payment lets in again.
TEST(RedisLimiter, LetsInNoMoreWhereCallsAreChargedAtOnce) {
  LOCKET_NEEDS_REDIS(options);
  RedisOptions many = *options;
  many.calls_at_once = 10;
  many.calls_kept_ms_max = 60'000;
  const auto limiter = std::move(*make_redis_rate_limiter(many));
  const std::string client_id = "kept-" + std::to_string(std::random_device()());
  const Tier tier{"tens", {{10, 4}}};
  const auto first = std::chrono::steady_clock::now();
  ASSERT_TRUE(admit(*limiter, client_id, tier));
  std::this_thread::sleep_until(first + milliseconds(3'950));
  const auto begin = std::chrono::steady_clock::now();
  int admitted = 0;
  for (int i = 0; i < 200; ++i) admitted += admit(*limiter, client_id, tier) ? 1 : 0;
  const auto paid = (std::chrono::steady_clock::now() - begin) / milliseconds(400) + 1;
  EXPECT_LE(admitted, 10 + paid);
}

}  // namespace
}  // namespace locket::redis
