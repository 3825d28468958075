#include "redis/local_answers.hpp"

#include <algorithm>
#include <limits>

namespace locket::redis {
namespace {

std::uint32_t seconds_until(MonotonicTime until, MonotonicTime now) {
  constexpr std::int64_t second = 1'000'000'000;
  const std::int64_t left = until.nanoseconds - now.nanoseconds;
  const std::int64_t whole = left / second + (left % second > 0 ? 1 : 0);
  return static_cast<std::uint32_t>(std::min<std::int64_t>(whole, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

std::optional<RateDecision> LocalAnswers::decide(std::string_view client_id, const Tier& tier, MonotonicTime now) {
  Shard& shard = shard_of(client_id);
  const std::scoped_lock lock(shard.mutex);
  const auto found = shard.clients.find(client_id);
  if (found == shard.clients.end()) return std::nullopt;
  Answer& answer = found->second;
  if (answer.windows == tier.windows) {
    if (answer.calls > 0 && now < answer.calls_until) {
      --answer.calls;
      return RateDecision{.admitted = true, .retry_after_s = 0};
    }
    if (now < answer.refused_until) {
      return RateDecision{.admitted = false, .retry_after_s = seconds_until(answer.refused_until, now)};
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
        return client.second.refused_until <= now && (client.second.calls == 0 || client.second.calls_until <= now);
      });
      if (shard.clients.size() >= clients_max_ / shard_count) return nullptr;
    }
    found = shard.clients.emplace(std::string(client_id), Answer{}).first;
  }
  if (found->second.windows != tier.windows) found->second = Answer{.windows = tier.windows};
  return &found->second;
}

void LocalAnswers::refuse(std::string_view client_id, const Tier& tier, MonotonicTime now, MonotonicTime until) {
  Shard& shard = shard_of(client_id);
  const std::scoped_lock lock(shard.mutex);
  if (Answer* answer = place_for(shard, client_id, tier, now)) answer->refused_until = until;
}

void LocalAnswers::keep(std::string_view client_id, const Tier& tier, MonotonicTime now, std::uint32_t calls,
                        MonotonicTime until) {
  Shard& shard = shard_of(client_id);
  const std::scoped_lock lock(shard.mutex);
  Answer* answer = place_for(shard, client_id, tier, now);
  if (answer == nullptr) return;
  answer->calls = (now < answer->calls_until ? answer->calls : 0) + calls;
  answer->calls_until = until;
}

}  // namespace locket::redis
