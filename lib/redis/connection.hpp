#pragma once

#include <hiredis/hiredis.h>

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "locket/error.hpp"
#include "locket/redis_rate_limit.hpp"

namespace locket::redis {

using Moment = std::chrono::steady_clock::time_point;

/// Where a server listens.
struct Address {
  std::string host;
  std::uint16_t port = 0;

  bool operator==(const Address&) const = default;
};

struct FreeReply {
  /// Frees a reply with all that it holds.
  void operator()(redisReply* reply) const noexcept { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

/// The text of a reply that has one; empty for others. Lives as long as the reply.
[[nodiscard]] std::string_view text_of(const redisReply& reply) noexcept;

/// One connection to one server. Not for several threads at once.
class Connection {
 public:
  /// Connects, and says who we are where there is a password.
  /// Inputs: the address; the options, for user and password; until when. Result: the connection, or
  /// `rate_limiter_unavailable` and why.
  [[nodiscard]] static Result<Connection> open(const Address& address, const RedisOptions& options, Moment until);

  /// Sends one command and waits for its reply. Inputs: the words, at least one; until when. Result: the reply, which
  /// may be the server's error; or `rate_limiter_unavailable`, after which the connection is of no more use: also where
  /// the reply is not there in time as a whole, has over 8 MiB, or an array of over 16,384 elements.
  [[nodiscard]] Result<Reply> call(std::span<const std::string_view> words, Moment until);

 private:
  struct Close {
    /// Closes a connection.
    void operator()(redisContext* context) const noexcept { redisFree(context); }
  };
  explicit Connection(redisContext* context) noexcept : context_(context) {}

  Result<void> let_wait(Moment until);
  Result<void> send(std::string_view command, Moment until);
  Result<Reply> receive(Moment until);

  std::unique_ptr<redisContext, Close> context_;
};

}  // namespace locket::redis
