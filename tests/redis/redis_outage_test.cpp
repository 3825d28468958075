#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>
#include <vector>

#include "policy/trusting_verifier.hpp"
#include "redis/shared_redis.hpp"

namespace locket::redis {
namespace {

class KeptLog final : public LogSink {
 public:
  void write(LogLevel, std::string_view event, std::string_view) noexcept override {
    const std::scoped_lock lock(mutex_);
    events.emplace_back(event);
  }
  std::vector<std::string> events;

 private:
  std::mutex mutex_;
};

/// A port that takes connections and never answers; or, once closed, one where nobody listens.
class SilentServer {
 public:
  SilentServer() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const general = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(socket_, general, size), 0);
    EXPECT_EQ(listen(socket_, 16), 0);
    EXPECT_EQ(getsockname(socket_, general, &size), 0);
    port = ntohs(address.sin_port);
  }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  ~SilentServer() { stop(); }

  void stop() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }
  std::uint16_t port = 0;

 private:
  int socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

std::expected<Admission, RateRefusal> admit(RateLimiter& limiter) {
  return limiter.admit(policy::TrustingVerifier::identity("ulf", "app"), {"two", {{2, 2'592'000}}},
                       system_clock().monotonic_now());
}

TEST(RedisOutage, NobodyIsLetInWhereNobodyListens) {
  SilentServer server;
  server.stop();
  KeptLog log;
  RedisOptions options;
  options.port = server.port;
  const auto limiter = std::move(*make_redis_rate_limiter(options, {}, log));
  for (int i = 0; i < 20; ++i) {
    const auto refused = admit(*limiter);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().unavailable);
  }
  EXPECT_EQ(log.events, std::vector<std::string>{"rates.unreachable"});
}

TEST(RedisOutage, ASilentServerIsNotWaitedForLongerThanStated) {
  const SilentServer server;
  RedisOptions options;
  options.port = server.port;
  options.wait_ms_max = 50;
  options.retry_ms = 60'000;
  const auto limiter = std::move(*make_redis_rate_limiter(options));
  // The first waits; the others know at once, or a thousand of them would take most of a minute.
  for (int i = 0; i < 1'000; ++i) {
    const auto refused = admit(*limiter);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().unavailable);
  }
}

TEST(RedisOutage, CountsAloneWhereThatIsAskedFor) {
  SilentServer server;
  server.stop();
  RedisOptions options;
  options.port = server.port;
  options.when_unreachable = WhenUnreachable::count_alone;
  const auto limiter = std::move(*make_redis_rate_limiter(options));
  EXPECT_TRUE(admit(*limiter));
  EXPECT_TRUE(admit(*limiter));
  const auto refused = admit(*limiter);
  ASSERT_FALSE(refused);
  EXPECT_FALSE(refused.error().unavailable);
}

TEST(RedisOutage, OptionsBeyondTheirBoundsAreRefused) {
  const auto code_of = [](const auto& change) {
    RedisOptions options;
    change(options);
    const auto made = make_redis_rate_limiter(options);
    return made ? Code::internal_error : made.error().code;
  };
  EXPECT_EQ(code_of([](RedisOptions& options) { options.host.clear(); }), Code::argument_invalid);
  EXPECT_EQ(code_of([](RedisOptions& options) { options.port = 0; }), Code::argument_invalid);
  EXPECT_EQ(code_of([](RedisOptions& options) { options.wait_ms_max = 0; }), Code::argument_invalid);
  EXPECT_EQ(code_of([](RedisOptions& options) { options.wait_ms_max = 60'001; }), Code::argument_invalid);
  EXPECT_EQ(code_of([](RedisOptions& options) { options.calls_at_once = 0; }), Code::argument_invalid);
  EXPECT_EQ(code_of([](RedisOptions& options) { options.calls_at_once = 1'001; }), Code::argument_invalid);
  EXPECT_EQ(code_of([](RedisOptions& options) { options.retry_ms = 60'001; }), Code::argument_invalid);
  EXPECT_EQ(code_of([](RedisOptions& options) { options.calls_kept_ms_max = 60'001; }), Code::argument_invalid);
  EXPECT_EQ(code_of([](RedisOptions&) {}), Code::internal_error) << "nothing is wrong";
}

}  // namespace
}  // namespace locket::redis
