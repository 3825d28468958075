#include "redis/node.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>

#include "redis/scripted_server.hpp"

namespace locket::redis {
namespace {

constexpr std::array<std::string_view, 1> ping{"PING"};

Moment soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(10); }

// Behind an address that leads to whichever server is the master, only a new connection meets the new one.
TEST(RedisNode, KeepsNoConnectionToAServerThatCanNotServe) {
  for (const std::string refusal :
       {"READONLY You can't write against a read only replica.", "LOADING Redis is loading the dataset in memory",
        "MASTERDOWN Link with MASTER is down", "NOAUTH Authentication required.", "ERR max number of clients reached",
        "CLUSTERDOWN The cluster is down",
        "ERR Error running script (call to f_0): @user_script:2: @user_script: 2: -READONLY You can't write."}) {
    std::atomic<int> asked = 0;
    const ScriptedServer server([&](std::string_view) {
      // The second question over the first connection, and the one after it over another.
      return ++asked == 2 ? "-" + refusal + "\r\n" : std::string("+PONG\r\n");
    });
    const auto options = server.options();
    Node node({options.host, options.port}, options);
    ASSERT_TRUE(node.call(ping, false, soon()));
    const auto reply = node.call(ping, false, soon());
    ASSERT_TRUE(reply) << reply.error().detail;
    EXPECT_EQ(text_of(**reply), "PONG") << refusal;
    EXPECT_EQ(server.accepted(), 2) << refusal;
  }
}

TEST(RedisNode, IsToldARefusalThatANewConnectionRepeats) {
  const ScriptedServer server([](std::string_view) { return "-READONLY as ever\r\n"; });
  const auto options = server.options();
  Node node({options.host, options.port}, options);
  const auto reply = node.call(ping, false, soon());
  ASSERT_TRUE(reply) << reply.error().detail;
  EXPECT_EQ(text_of(**reply), "READONLY as ever");
  EXPECT_EQ(server.accepted(), 2);
}

}  // namespace
}  // namespace locket::redis
