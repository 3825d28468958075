#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>
#include <vector>

#include "policy/trusting_verifier.hpp"
#include "redis/kept_log.hpp"
#include "redis/node.hpp"
#include "redis/scripted_server.hpp"
#include "redis/shared_redis.hpp"

namespace locket::redis {
namespace {

/// A port that takes connections and never answers; or, once closed, one where nobody listens.
class SilentServer {
 public:
  SilentServer() = default;
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  ~SilentServer() { stop(); }

  void stop() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }

  /// Waits for somebody to connect. Result: the socket of the conversation, the caller's to close.
  int accept_one() const { return accept(socket_, nullptr, nullptr); }

  std::uint16_t port = 0;

 private:
  int socket_ = listen_on_loopback(port);
};

/// One that answers the first question with a text that is no answer, in pieces, until nobody listens any more.
class RudeServer {
 public:
  RudeServer(std::string first, std::string then, std::chrono::milliseconds pause)
      : talk_([this, first = std::move(first), then = std::move(then), pause] {
          const int conversation = server_.accept_one();
          std::array<char, 4'096> question{};
          if (recv(conversation, question.data(), question.size(), 0) > 0) say(conversation, first, then, pause);
          close(conversation);
        }) {}
  RudeServer(const RudeServer&) = delete;
  RudeServer& operator=(const RudeServer&) = delete;
  ~RudeServer() { talk_.join(); }

  /// Where it listens.
  [[nodiscard]] Address address() const { return {"127.0.0.1", server_.port}; }

  /// What somebody who asks it is told, who waits so long.
  [[nodiscard]] std::string answer_within(std::chrono::milliseconds wait) const {
    static constexpr std::array<std::string_view, 1> words{"PING"};
    const Moment until = std::chrono::steady_clock::now() + wait;
    auto connection = Connection::open(address(), {}, until);
    if (!connection) return connection.error().detail;
    const auto reply = connection->call(words, until);
    return reply ? std::string(text_of(**reply)) : reply.error().detail;
  }

 private:
  static void say(int conversation, const std::string& first, const std::string& then,
                  std::chrono::milliseconds pause) {
    ssize_t sent = send(conversation, first.data(), first.size(), MSG_NOSIGNAL);
    while (sent > 0) {
      std::this_thread::sleep_for(pause);
      sent = send(conversation, then.data(), then.size(), MSG_NOSIGNAL);
    }
  }

  SilentServer server_;
  std::thread talk_;
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

TEST(RedisOutage, AServerThatDripsIsNotWaitedForFromDropToDrop) {
  // Told as a whole, this answer would take ten seconds.
  const RudeServer server("$1000\r\n", "x", std::chrono::milliseconds(10));
  const auto asked = std::chrono::steady_clock::now();
  EXPECT_EQ(server.answer_within(std::chrono::milliseconds(200)), "Redis: the answer did not come in time");
  EXPECT_LT(std::chrono::steady_clock::now() - asked, std::chrono::seconds(5));
}

TEST(RedisOutage, NoMemoryIsTakenForAnArrayThatNobodyAskedFor) {
  const RudeServer server("*100000000\r\n", "", std::chrono::milliseconds(0));
  EXPECT_EQ(server.answer_within(std::chrono::seconds(10)), "Redis: Out of memory");
}

TEST(RedisOutage, AnAnswerWithoutEndIsNotKept) {
  const RudeServer server("$1000000000\r\n", std::string(65'536, 'x'), std::chrono::milliseconds(0));
  EXPECT_EQ(server.answer_within(std::chrono::seconds(60)), "Redis: an answer over 8 MiB");
}

TEST(RedisOutage, AServerThatNobodyHadTimeToAskIsNotLeftAlone) {
  static constexpr std::array<std::string_view, 1> words{"PING"};
  const RudeServer server("+PONG\r\n", "", std::chrono::milliseconds(0));
  const RedisOptions options{.retry_ms = 60'000};
  Node node(server.address(), options);
  const auto now = std::chrono::steady_clock::now();
  EXPECT_FALSE(node.call(words, false, now));
  const auto reply = node.call(words, false, now + std::chrono::seconds(60));
  ASSERT_TRUE(reply) << reply.error().detail;
  EXPECT_EQ(text_of(**reply), "PONG");
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
