#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "redis/connection.hpp"

namespace locket::redis {

/// One server and the idle connections to it. Any thread.
class Node {
 public:
  /// A server that nothing is connected to yet. `options` must outlive it.
  Node(Address address, const RedisOptions& options) : address_(std::move(address)), options_(options) {}

  /// Where it is.
  [[nodiscard]] const Address& address() const noexcept { return address_; }

  /// Asks the server once, over a connection that was idle or a new one. A connection that turns out to have broken
  /// while it was idle is replaced, once. Inputs: the words; whether an `ASKING` goes before them; until when.
  /// Result: the reply, which may be the server's error; or `rate_limiter_unavailable`: at once, for `retry_ms` after
  /// the server could not be reached.
  [[nodiscard]] Result<Reply> call(std::span<const std::string_view> words, bool asking, Moment until);

 private:
  [[nodiscard]] Result<Connection> borrow(Moment until, bool& was_idle);
  void give_back(Connection connection);
  void leave_alone();

  const Address address_;
  const RedisOptions& options_;
  std::mutex mutex_;
  std::vector<Connection> idle_;
  Moment alone_until_{};
};

}  // namespace locket::redis
