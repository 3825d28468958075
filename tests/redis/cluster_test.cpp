#include "redis/cluster.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "redis/scripted_server.hpp"

namespace locket::redis {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::array<std::string_view, 2> get{"GET", "key"};

std::string place(std::uint16_t port) { return "*2\r\n$9\r\n127.0.0.1\r\n:" + std::to_string(port) + "\r\n"; }

/// One master with all slots, and a replica that says who has them; the master hangs once told to, without its
/// connections being closed, as that of a machine that is gone.
class RedisFailover : public testing::Test {
 protected:
  [[nodiscard]] std::string slots() const {
    return "*1\r\n*4\r\n:0\r\n:16383\r\n" + place(master) + place(replica.port);
  }

  std::atomic<std::uint16_t> master = 0;
  std::atomic<bool> hangs = false;
  std::atomic<bool> loads = false;
  ScriptedServer next{[](std::string_view) { return "$4\r\nnext\r\n"; }};
  ScriptedServer replica{[this](std::string_view question) {
    return question.contains("SLOTS") ? slots() : "-MOVED 12539 127.0.0.1:" + std::to_string(master) + "\r\n";
  }};
  ScriptedServer old{[this](std::string_view question) -> std::optional<std::string> {
    if (hangs) return std::nullopt;
    if (loads) return "-LOADING Redis is loading the dataset in memory\r\n";
    return question.contains("SLOTS") ? slots() : "$3\r\nold\r\n";
  }};
};

TEST_F(RedisFailover, IsFoundByAProcessThatAsksSeldom) {
  master = old.port;
  const auto options = old.options();
  Cluster cluster(options);
  const auto call = [&] { return cluster.call("key", get, steady_clock::now() + milliseconds(600)); };
  const auto before = call();
  ASSERT_TRUE(before) << before.error().detail;
  ASSERT_EQ(text_of(**before), "old");
  hangs = true;
  EXPECT_FALSE(call());
  // It has not been noticed yet.
  std::this_thread::sleep_for(milliseconds(options.retry_ms) * 2);
  EXPECT_FALSE(call());
  master = next.port;
  std::this_thread::sleep_for(milliseconds(options.retry_ms) * 2);
  const auto after = call();
  ASSERT_TRUE(after) << after.error().detail;
  EXPECT_EQ(text_of(**after), "next");
}

TEST_F(RedisFailover, IsFoundWhileTheOldMasterComesBack) {
  master = old.port;
  const auto options = old.options();
  Cluster cluster(options);
  const auto call = [&] { return cluster.call("key", get, steady_clock::now() + std::chrono::seconds(10)); };
  ASSERT_EQ(text_of(**call()), "old");
  loads = true;
  master = next.port;
  std::this_thread::sleep_for(milliseconds(200));
  EXPECT_EQ(text_of(**call()).substr(0, 7), "LOADING");
  EXPECT_EQ(text_of(**call()), "next");
}

}  // namespace
}  // namespace locket::redis
