#include "redis/node.hpp"

#include <algorithm>
#include <array>

namespace locket::redis {
namespace {

// What a server says that does not serve whoever this connection is of: it was a master, is not one yet, or is full.
constexpr std::array<std::string_view, 6> refusals{"READONLY ", "LOADING ",     "MASTERDOWN ",
                                                   "NOAUTH ",   "CLUSTERDOWN ", "ERR max number of clients"};

bool serves_nobody(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_ERROR) return false;
  const std::string_view text = text_of(reply);
  return std::ranges::any_of(refusals, [&](std::string_view refusal) { return text.starts_with(refusal); }) ||
         text.find(": -READONLY ") != text.npos;  // as Redis before 7 tells what a script met
}

}  // namespace

Result<Connection> Node::borrow(Moment until, bool& was_idle) {
  {
    const std::scoped_lock lock(mutex_);
    was_idle = !idle_.empty();
    if (was_idle) {
      Connection connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
    if (std::chrono::steady_clock::now() < alone_until_) {
      return fail(Code::rate_limiter_unavailable, "Redis did not answer a moment ago");
    }
  }
  auto opened = Connection::open(address_, options_, until);
  if (!opened) leave_alone();
  return opened;
}

void Node::give_back(Connection connection) {
  const std::scoped_lock lock(mutex_);
  if (idle_.size() < options_.idle_connections_max) idle_.push_back(std::move(connection));
}

void Node::leave_alone() {
  suspect_ = true;
  const std::scoped_lock lock(mutex_);
  alone_until_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.retry_ms);
  idle_.clear();
}

void Node::forget_idle() {
  const std::scoped_lock lock(mutex_);
  idle_.clear();
}

Result<Reply> Node::call(std::span<const std::string_view> words, bool asking, Moment until) {
  static constexpr std::array<std::string_view, 1> asking_word{"ASKING"};
  // It was not asked, so nothing is known of it.
  if (std::chrono::steady_clock::now() >= until) {
    return fail(Code::rate_limiter_unavailable, "Redis: no time was left to ask");
  }
  for (bool refused = false;;) {
    bool was_idle = false;
    auto connection = borrow(until, was_idle);
    if (!connection) return std::unexpected(std::move(connection.error()));
    if (asking) {
      if (auto asked = connection->call(asking_word, until); !asked && !was_idle) return asked;
    }
    auto reply = connection->call(words, until);
    const bool in_time = std::chrono::steady_clock::now() < until;
    if (reply) {
      suspect_ = serves_nobody(**reply);
      if (!suspect_) {
        give_back(std::move(*connection));
        return reply;
      }
      forget_idle();
      if (refused || !in_time) return reply;
      refused = true;
      continue;
    }
    // A server that went away closed all idle connections; whether it is back, a new one tells.
    if (!was_idle || !in_time) {
      leave_alone();
      return reply;
    }
    forget_idle();
  }
}

}  // namespace locket::redis
