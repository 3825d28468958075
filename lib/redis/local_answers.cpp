#include "redis/local_answers.hpp"

#include <algorithm>
#include <limits>

namespace locket::redis {
namespace {

constexpr std::int64_t second = 1'000'000'000;

std::uint32_t seconds_until(MonotonicTime until, MonotonicTime now) {
  const std::int64_t left = until.nanoseconds - now.nanoseconds;
  const std::int64_t whole = left / second + (left % second > 0 ? 1 : 0);
  return static_cast<std::uint32_t>(std::min<std::int64_t>(whole, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

std::int64_t LocalAnswers::Answer::call_ns() const {
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (const RateWindow& window : windows) least = std::min(least, window.seconds * second / window.calls);
  return least;
}

// While calls that were made are still to be paid back, time pays for them; then for those that nobody made.
void LocalAnswers::Answer::let_time_pass(MonotonicTime now) {
  if (now >= calls_until) kept_ns = 0;
  if (now <= paid_back_at) return;
  kept_ns = std::max<std::int64_t>(0, kept_ns - (now.nanoseconds - paid_back_at.nanoseconds));
  paid_back_at = now;
}

bool LocalAnswers::Answer::take(MonotonicTime now) {
  let_time_pass(now);
  const std::int64_t one = call_ns();
  if (kept_ns < one) return false;
  kept_ns -= one;
  paid_back_at.nanoseconds += one;
  return true;
}

std::optional<RateDecision> LocalAnswers::decide(std::string_view client_id, const Tier& tier, MonotonicTime now) {
  Shard& shard = shard_of(client_id);
  const std::scoped_lock lock(shard.mutex);
  const auto found = shard.clients.find(client_id);
  if (found == shard.clients.end()) return std::nullopt;
  Answer& answer = found->second;
  if (answer.windows == tier.windows) {
    if (answer.take(now)) return RateDecision{.admitted = true, .retry_after_s = 0};
    if (now < answer.refused_until) {
      return RateDecision{.admitted = false, .retry_after_s = seconds_until(answer.surely_admitted, now)};
    }
  }
  shard.clients.erase(found);
  return std::nullopt;
}

auto LocalAnswers::place_for(Shard& shard, std::string_view client_id, const Tier& tier, MonotonicTime now) const
    -> Answer* {
  auto found = shard.clients.find(client_id);
  if (found == shard.clients.end()) {
    if (shard.clients.size() >= clients_max_ / shard_count) {
      std::erase_if(shard.clients, [&](const auto& client) {
        return client.second.refused_until <= now && (client.second.kept_ns == 0 || client.second.calls_until <= now);
      });
      if (shard.clients.size() >= clients_max_ / shard_count) return nullptr;
    }
    found = shard.clients.emplace(std::string(client_id), Answer{}).first;
  }
  if (found->second.windows != tier.windows) found->second = Answer{.windows = tier.windows};
  return &found->second;
}

void LocalAnswers::refuse(std::string_view client_id, const Tier& tier, MonotonicTime now, MonotonicTime until,
                          MonotonicTime surely) {
  Shard& shard = shard_of(client_id);
  const std::scoped_lock lock(shard.mutex);
  Answer* answer = place_for(shard, client_id, tier, now);
  if (answer == nullptr) return;
  answer->refused_until = until;
  answer->surely_admitted = surely;
}

bool LocalAnswers::has_place(std::string_view client_id, const Tier& tier, MonotonicTime now) {
  Shard& shard = shard_of(client_id);
  const std::scoped_lock lock(shard.mutex);
  return place_for(shard, client_id, tier, now) != nullptr;
}

void LocalAnswers::keep(std::string_view client_id, const Tier& tier, MonotonicTime now, std::uint32_t calls,
                        MonotonicTime until) {
  Shard& shard = shard_of(client_id);
  const std::scoped_lock lock(shard.mutex);
  Answer* answer = place_for(shard, client_id, tier, now);
  if (answer == nullptr) return;
  answer->let_time_pass(now);
  const std::int64_t one = answer->call_ns();
  answer->calls_until = answer->kept_ns >= one ? std::min(answer->calls_until, until) : until;
  answer->kept_ns += calls * one;
  answer->paid_back_at.nanoseconds += one;
}

}  // namespace locket::redis
