#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "locket/clock.hpp"
#include "locket/rate_limit.hpp"

namespace locket::redis {

/// What this process knows of clients without asking: who is refused until when, since nobody's debt shrinks faster
/// than time goes by; and calls that were charged but not made yet. While those wait their charge is paid back, so they
/// are lost as time goes by unused: what is handed out late is never more than would be let in if it were charged then.
/// Any thread.
class LocalAnswers {
 public:
  /// Starts with nothing. Input: how many clients are remembered at most; beyond, clients are simply asked about.
  explicit LocalAnswers(std::size_t clients_max) noexcept : clients_max_(clients_max) {}

  /// The decision about one call, where it is known. Takes a call that was charged before. An answer for other windows
  /// than these is forgotten.
  [[nodiscard]] std::optional<RateDecision> decide(std::string_view client_id, const Tier& tier, MonotonicTime now);

  /// Remembers that a client is refused until `until`, by the clock of `decide`; and is surely admitted at `surely`,
  /// which is what is told.
  void refuse(std::string_view client_id, const Tier& tier, MonotonicTime now, MonotonicTime until,
              MonotonicTime surely);

  /// Whether there is a place for this client, so that `keep` will most likely not lose the calls for want of one:
  /// where there are few places left, another client may take it meanwhile.
  [[nodiscard]] bool has_place(std::string_view client_id, const Tier& tier, MonotonicTime now);

  /// Remembers calls that were charged at `now` together with one that is made, and are lost at `until`, if not before.
  /// Those that were kept before are lost no later than without.
  void keep(std::string_view client_id, const Tier& tier, MonotonicTime now, std::uint32_t calls, MonotonicTime until);

 private:
  struct Answer {
    std::vector<RateWindow> windows;
    MonotonicTime refused_until{};
    MonotonicTime surely_admitted{};
    std::int64_t kept_ns = 0;      // the time in which the kept calls would be paid back
    MonotonicTime paid_back_at{};  // when those that were made are
    MonotonicTime calls_until{};

    /// Takes a kept call, where there still is one.
    [[nodiscard]] bool take(MonotonicTime now);
    /// Loses the kept calls that were paid back by now.
    void let_time_pass(MonotonicTime now);
    /// In which time the tightest window pays a call back.
    [[nodiscard]] std::int64_t call_ns() const;
  };
  struct Hash {
    using is_transparent = void;
    /// The hash of a name, whether it is kept or only looked at.
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, Answer, Hash, std::equal_to<>> clients;
  };
  static constexpr std::size_t shard_count = 16;

  [[nodiscard]] Shard& shard_of(std::string_view client_id) noexcept {
    return shards_[Hash()(client_id) % shard_count];
  }
  [[nodiscard]] Answer* place_for(Shard& shard, std::string_view client_id, const Tier& tier, MonotonicTime now) const;

  const std::size_t clients_max_;
  std::array<Shard, shard_count> shards_;
};

}  // namespace locket::redis
