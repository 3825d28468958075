#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "locket/rate_limit.hpp"
#include "policy/hash_index.hpp"
#include "policy/rate_debt.hpp"

namespace locket {
namespace {

using policy::RateDebt;

constexpr std::size_t shard_count = 64;
constexpr std::size_t first_sweep_clients = 64;

// A client's name and its hash, which chooses the shard as well as the place within it.
template <class Text>
struct Client {
  Text id;
  std::uint64_t hash = 0;
};

struct ClientHash {
  using is_transparent = void;
  template <class Text>
  std::size_t operator()(const Client<Text>& client) const noexcept {
    return client.hash;
  }
};

struct SameClient {
  using is_transparent = void;
  template <class Left, class Right>
  bool operator()(const Client<Left>& left, const Client<Right>& right) const noexcept {
    return left.id == right.id;
  }
};

// A place in the table that was taken for a newcomer; given back unless the newcomer comes to stand there.
class TakenPlace {
 public:
  explicit TakenPlace(std::atomic<std::size_t>& clients) noexcept : clients_(clients) {}
  TakenPlace(const TakenPlace&) = delete;
  TakenPlace& operator=(const TakenPlace&) = delete;
  ~TakenPlace() {
    if (!filled_) --clients_;
  }
  void fill() noexcept { filled_ = true; }

 private:
  std::atomic<std::size_t>& clients_;
  bool filled_ = false;
};

// A part of the table with a lock of its own, so that threads seldom wait for each other.
class alignas(64) Shard {
 public:
  // Charges a client that is in the table.
  std::optional<RateDecision> charge_known(const Client<std::string_view>& client, const Tier& tier,
                                           MonotonicTime now) {
    const std::scoped_lock lock(mutex_);
    const auto found = clients_.find(client);
    if (found == clients_.end()) return std::nullopt;
    return charge(found->second, tier, now);
  }

  // Charges a client that was not in the table a moment ago, and fills the place if it still is not.
  RateDecision charge_new(const Client<std::string_view>& client, const Tier& tier, MonotonicTime now,
                          TakenPlace& place) {
    const std::scoped_lock lock(mutex_);
    const auto [entry, is_new] = clients_.try_emplace({std::string(client.id), client.hash});
    if (is_new) place.fill();
    return charge(entry->second, tier, now);
  }

  // Forgets all clients who owe nothing, where there can be any. Result: how many.
  std::size_t forget_settled(MonotonicTime now) {
    const std::scoped_lock lock(mutex_);
    if (now < earliest_settled_) return 0;
    earliest_settled_ = {std::numeric_limits<std::int64_t>::max()};
    const std::size_t forgotten = std::erase_if(clients_, [&](const auto& client) {
      if (client.second.is_settled(now)) return true;
      earliest_settled_ = std::min(earliest_settled_, client.second.settled_at());
      return false;
    });
    sweep_at_clients_ = std::max(first_sweep_clients, clients_.size() * 2);
    return forgotten;
  }

  // Whether so many clients came since the last sweep that another one pays.
  bool is_due_for_sweep() {
    const std::scoped_lock lock(mutex_);
    return clients_.size() >= sweep_at_clients_;
  }

 private:
  RateDecision charge(RateDebt& debt, const Tier& tier, MonotonicTime now) {
    const RateDecision decision = debt.charge(tier.windows, now);
    earliest_settled_ = std::min(earliest_settled_, debt.settled_at());
    return decision;
  }

  std::mutex mutex_;
  std::unordered_map<Client<std::string>, RateDebt, ClientHash, SameClient> clients_;
  // No client settles before; so a full table is not searched in vain for every newcomer.
  MonotonicTime earliest_settled_{std::numeric_limits<std::int64_t>::min()};
  std::size_t sweep_at_clients_ = first_sweep_clients;
};

class MemoryRateLimiter final : public RateLimiter {
 public:
  explicit MemoryRateLimiter(const Limits& limits) : limits_(limits) {}

 private:
  Result<RateDecision> charge(std::string_view client_id, const Tier& tier, MonotonicTime now) override {
    if (client_id.size() > limits_.identifier_bytes_max) {
      return fail(Code::argument_invalid, "the client's id is over the limit of a name");
    }
    if (!windows_are_valid(tier)) return fail(Code::argument_invalid, "the tier's windows are over their limits");
    if (tier.windows.empty()) return RateDecision{.admitted = true, .retry_after_s = 0};
    const Client<std::string_view> client{client_id, policy::hash_of(client_id)};
    Shard& shard = shards_[client.hash % shard_count];
    if (const auto decision = shard.charge_known(client, tier, now)) return *decision;
    return charge_new(shard, client, tier, now);
  }

  Result<RateDecision> charge_new(Shard& shard, const Client<std::string_view>& client, const Tier& tier,
                                  MonotonicTime now) {
    if (shard.is_due_for_sweep()) clients_ -= shard.forget_settled(now);
    if (!take_place(now)) {
      return fail(Code::rate_limiter_unavailable, "the table is full of clients who owe something");
    }
    TakenPlace place(clients_);
    return shard.charge_new(client, tier, now, place);
  }

  // Takes one place in the table, if need be that of a client who owes nothing.
  bool take_place(MonotonicTime now) {
    std::size_t clients = clients_.load();
    while (clients < limits_.rate_clients_max) {
      if (clients_.compare_exchange_weak(clients, clients + 1)) return true;
    }
    for (Shard& shard : shards_) {
      if (const std::size_t forgotten = shard.forget_settled(now); forgotten > 0) {
        clients_ -= forgotten - 1;
        return true;
      }
    }
    return false;
  }

  bool windows_are_valid(const Tier& tier) const noexcept {
    return tier.windows.size() <= limits_.rate_windows_max &&
           std::ranges::all_of(tier.windows, [&](const RateWindow& window) {
             return window.calls >= 1 && window.calls <= limits_.rate_calls_max && window.seconds >= 1 &&
                    window.seconds <= limits_.rate_window_s_max;
           });
  }

  const Limits limits_;
  std::atomic<std::size_t> clients_ = 0;  // in all shards, those included whose place is taken but not filled yet
  std::array<Shard, shard_count> shards_;
};

}  // namespace

std::unique_ptr<RateLimiter> make_memory_rate_limiter(const Limits& limits) {
  return std::unique_ptr<RateLimiter>(new (std::nothrow) MemoryRateLimiter(limits));
}

}  // namespace locket
