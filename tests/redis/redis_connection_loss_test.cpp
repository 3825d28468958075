#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <csignal>
#include <thread>

#include "redis/connection.hpp"
#include "redis/scripted_server.hpp"

namespace locket::redis {
namespace {

constexpr std::array<std::string_view, 1> ping{"PING"};

Moment soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(10); }

std::optional<std::string> pong(std::string_view) { return "+PONG\r\n"; }

// A host that does not ignore SIGPIPE is no less alive for it.
TEST(RedisConnectionLoss, APeerThatIsGoneIsAnErrorAndNoSignal) {
  ScriptedServer server(pong);
  const auto options = server.options();
  auto connection = Connection::open({options.host, options.port}, options, soon());
  ASSERT_TRUE(connection) << connection.error().detail;
  ASSERT_TRUE(connection->call(ping, soon()));
  auto* const before =
      std::signal(SIGPIPE, [](int) { FAIL() << "a signal for a host that has nothing to do with it"; });
  server.break_off();
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const auto lost = connection->call(ping, soon());
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().code, Code::rate_limiter_unavailable);
  }
  std::signal(SIGPIPE, before);
}

TEST(RedisConnectionLoss, AProgramThatTheHostStartsInheritsNoConnection) {
  const ScriptedServer server(pong);
  const auto options = server.options();
  const auto connection = Connection::open({options.host, options.port}, options, soon());
  ASSERT_TRUE(connection) << connection.error().detail;
  int seen = 0;
  for (int descriptor = 3; descriptor < 1'024; ++descriptor) {
    sockaddr_in peer{};
    socklen_t size = sizeof(peer);
    if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
    if (peer.sin_family != AF_INET || ntohs(peer.sin_port) != server.port) continue;
    ++seen;
    EXPECT_NE(fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0);
  }
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace locket::redis
