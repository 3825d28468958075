#include "redis/connection.hpp"

#include <gtest/gtest.h>

#include <array>

#include "redis/shared_redis.hpp"

namespace locket::redis {
namespace {

Moment soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(10); }

Address address_of(const RedisOptions& options) { return {options.host, options.port}; }

/// Sends one command that the server must not refuse.
template <std::size_t count>
std::string run(Connection& connection, const std::array<std::string_view, count>& words) {
  const auto reply = connection.call(words, soon());
  EXPECT_TRUE(reply) << reply.error().detail;
  if (!reply) return {};
  EXPECT_NE((*reply)->type, REDIS_REPLY_ERROR) << text_of(**reply);
  return std::string(text_of(**reply));
}

/// A server that knows a user with a password, beside the one without that the other tests are.
class RedisPassword : public testing::Test {
 protected:
  void SetUp() override {
    LOCKET_NEEDS_REDIS(options);
    options_ = options;
    auto connection = Connection::open(address_of(*options_), *options_, soon());
    ASSERT_TRUE(connection) << connection.error().detail;
    run(*connection, std::array<std::string_view, 7>{"ACL", "SETUSER", "locket-test", "on", ">right", "~*", "+@all"});
  }

  void TearDown() override {
    if (!options_) return;
    options_->user.clear();
    options_->password.clear();
    auto connection = Connection::open(address_of(*options_), *options_, soon());
    if (connection) run(*connection, std::array<std::string_view, 3>{"ACL", "DELUSER", "locket-test"});
  }

  std::optional<RedisOptions> options_;
};

TEST_F(RedisPassword, LetsInWhoKnowsItAndTellsWhoDoesNot) {
  options_->user = "locket-test";
  options_->password = "right";
  auto connection = Connection::open(address_of(*options_), *options_, soon());
  ASSERT_TRUE(connection) << connection.error().detail;
  EXPECT_EQ(run(*connection, std::array<std::string_view, 2>{"ACL", "WHOAMI"}), "locket-test");
  options_->password = "wrong";
  const auto refused = Connection::open(address_of(*options_), *options_, soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::rate_limiter_unavailable);
  EXPECT_EQ(refused.error().detail.find("wrong"), std::string::npos) << "no password is told";
}

TEST_F(RedisPassword, IsSentAloneWhereThereIsNoUser) {
  options_->password = "nobody has set one";
  const auto refused = Connection::open(address_of(*options_), *options_, soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::rate_limiter_unavailable);
}

}  // namespace
}  // namespace locket::redis
