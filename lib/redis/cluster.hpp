#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "redis/hash_slot.hpp"
#include "redis/node.hpp"

namespace locket::redis {

/// The servers of a Redis Cluster and which of them has which hash slot; or a single server, which has them all. Any
/// thread.
class Cluster {
 public:
  /// Knows one server, and asks it for the others when it is first used. `options` must outlive it.
  explicit Cluster(const RedisOptions& options);

  /// Asks the server that has a key. Follows `MOVED` and `ASK` as the Redis Cluster specification says. Where that
  /// server did not answer when it was last asked, or could not serve, the others are asked first whether one of them
  /// has its slots now, in half of the time. Inputs: the key; the words; until when. Result: the reply, which may be
  /// the server's error, but not one of these two; or `rate_limiter_unavailable`.
  [[nodiscard]] Result<Reply> call(std::string_view key, std::span<const std::string_view> words, Moment until);

 private:
  using NodePtr = std::shared_ptr<Node>;

  struct Redirect {
    bool asking = false;
    Address to;
  };

  [[nodiscard]] static std::optional<Redirect> redirect_of(const redisReply& reply, const Address& from);
  [[nodiscard]] NodePtr node_of_slot(std::uint16_t slot);
  [[nodiscard]] NodePtr node_at(const Address& address);
  [[nodiscard]] bool is_learnt();
  void learn_slots(Moment until, const Node* except = nullptr);
  void learn_range(const redisReply& range, const Address& from);
  [[nodiscard]] std::vector<NodePtr> all_nodes();

  const RedisOptions& options_;
  const Address first_;
  std::mutex mutex_;
  std::vector<NodePtr> nodes_;
  std::array<NodePtr, hash_slots> slots_;
  Moment learnt_{};
  bool learning_ = false;
};

}  // namespace locket::redis
