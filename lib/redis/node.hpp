#pragma once

#include <atomic>
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
  /// while it was idle, or whose server says that it can't serve now, is replaced, once: behind the same address there
  /// may be another server meanwhile. Inputs: the words; whether an `ASKING` goes before them; until when.
  /// Result: the reply, which may be the server's error; or `rate_limiter_unavailable`: at once, for `retry_ms` after
  /// the server could not be reached.
  [[nodiscard]] Result<Reply> call(std::span<const std::string_view> words, bool asking, Moment until);

  /// Whether the server did not answer when it was last asked, or said that it can't serve.
  [[nodiscard]] bool is_suspect() const noexcept { return suspect_.load(); }

 private:
  [[nodiscard]] Result<Connection> borrow(Moment until, bool& was_idle);
  void give_back(Connection connection);
  void leave_alone();
  void forget_idle();

  const Address address_;
  const RedisOptions& options_;
  std::mutex mutex_;
  std::vector<Connection> idle_;
  Moment alone_until_{};
  std::atomic<bool> suspect_ = false;
};

}  // namespace locket::redis
