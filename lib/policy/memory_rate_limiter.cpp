#include <algorithm>
#include <array>
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

// The places of the table, for all of its parts together.
class Places {
 public:
  explicit Places(std::size_t most) : free_(most) {}

  // Takes one place; false when there is none.
  bool take() {
    const std::scoped_lock lock(mutex_);
    if (free_ == 0) return false;
    --free_;
    return true;
  }

  void give_back(std::size_t count) {
    const std::scoped_lock lock(mutex_);
    free_ += count;
  }

 private:
  std::mutex mutex_;
  std::size_t free_;
};

// A place that was taken for a newcomer; given back unless the newcomer comes to stand there.
class TakenPlace {
 public:
  explicit TakenPlace(Places& places) noexcept : places_(places) {}
  TakenPlace(const TakenPlace&) = delete;
  TakenPlace& operator=(const TakenPlace&) = delete;
  ~TakenPlace() {
    if (!filled_) places_.give_back(1);
  }
  void fill() noexcept { filled_ = true; }

 private:
  Places& places_;
  bool filled_ = false;
};

// A part of the table with a lock of its own, so that threads seldom wait for each other.
class alignas(64) Shard {
 public:
  // Charges a client, who comes into the table if need be. Nothing when there is no place for a newcomer.
  std::optional<RateDecision> charge(const Client<std::string_view>& client, const Tier& tier, MonotonicTime now,
                                     Places& places) {
    const std::scoped_lock lock(mutex_);
    if (const auto found = clients_.find(client); found != clients_.end()) return charge(found->second, tier, now);
    // So many came since the last time that looking at all of them pays, and the table grows only with those who owe.
    if (clients_.size() >= sweep_at_clients_) places.give_back(forget(now));
    if (!places.take()) return std::nullopt;
    TakenPlace place(places);
    RateDebt& debt = clients_[{std::string(client.id), client.hash}];
    place.fill();
    return charge(debt, tier, now);
  }

  // Forgets all clients who owe nothing. Result: whether there was any.
  bool forget_settled(MonotonicTime now, Places& places) {
    const std::scoped_lock lock(mutex_);
    const std::size_t forgotten = forget(now);
    places.give_back(forgotten);
    return forgotten > 0;
  }

 private:
  std::size_t forget(MonotonicTime now) {
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
  explicit MemoryRateLimiter(const Limits& limits) : limits_(limits), places_(limits.rate_clients_max) {}

 private:
  Result<RateDecision> charge(std::string_view client_id, const Tier& tier, MonotonicTime now) override {
    if (client_id.size() > limits_.identifier_bytes_max) {
      return fail(Code::argument_invalid, "the client's id is over the limit of a name");
    }
    if (!windows_are_valid(tier)) return fail(Code::argument_invalid, "the tier's windows are over their limits");
    if (tier.windows.empty()) return RateDecision{.admitted = true, .retry_after_s = 0};
    const Client<std::string_view> client{client_id, policy::hash_of(client_id)};
    Shard& shard = shards_[client.hash % shard_count];
    for (;;) {
      if (const auto decision = shard.charge(client, tier, now, places_)) return *decision;
      const auto forgets = [&](Shard& any) { return any.forget_settled(now, places_); };
      if (std::ranges::none_of(shards_, forgets)) {
        return fail(Code::rate_limiter_unavailable, "the table is full of clients who owe something");
      }
    }
  }

  bool windows_are_valid(const Tier& tier) const noexcept {
    return tier.windows.size() <= limits_.rate_windows_max &&
           std::ranges::all_of(tier.windows, [&](const RateWindow& window) {
             return window.calls >= 1 && window.calls <= limits_.rate_calls_max && window.seconds >= 1 &&
                    window.seconds <= limits_.rate_window_s_max;
           });
  }

  const Limits limits_;
  Places places_;
  std::array<Shard, shard_count> shards_;
};

}  // namespace

std::unique_ptr<RateLimiter> make_memory_rate_limiter(const Limits& limits) {
  return std::unique_ptr<RateLimiter>(new (std::nothrow) MemoryRateLimiter(limits));
}

}  // namespace locket
