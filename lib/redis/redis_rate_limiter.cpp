#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>
#include <new>

#include "base/log_text.hpp"
#include "locket/clock.hpp"
#include "locket/redis_rate_limit.hpp"
#include "redis/gcra_script.hpp"
#include "redis/local_answers.hpp"

namespace locket {
namespace redis {
namespace {

constexpr std::uint32_t wait_ms_limit = 60'000;
constexpr std::uint32_t calls_at_once_limit = 1'000;
constexpr std::uint32_t windows_limit = 8;
constexpr std::int64_t quiet_ns = 5'000'000'000;

class RedisRateLimiter final : public RateLimiter {
 public:
  RedisRateLimiter(RedisOptions options, const Limits& limits, LogSink& log)
      : options_(std::move(options)),
        limits_(limits),
        log_(log),
        cluster_(options_),
        known_(limits.rate_clients_max),
        alone_(options_.when_unreachable == WhenUnreachable::count_alone ? make_memory_rate_limiter(limits) : nullptr) {
  }

 private:
  Result<RateDecision> charge(std::string_view client_id, const Tier& tier, MonotonicTime now) override {
    if (client_id.size() > limits_.identifier_bytes_max) {
      return fail(Code::argument_invalid, "the client's id is over the limit of a name");
    }
    if (!windows_are_valid(tier)) return fail(Code::argument_invalid, "the tier's windows are over their limits");
    if (tier.windows.empty()) return RateDecision{.admitted = true, .retry_after_s = 0};
    const auto known = known_.decide(client_id, tier, now);
    const auto decided = known ? Result<RateDecision>(*known) : ask(client_id, tier, now);
    if (alone_ == nullptr) return decided;
    if (!decided) return charge_with(*alone_, client_id, tier, now);
    // What was let in counts when this process counts alone as well, or it would let in all of the limit once more.
    if (decided->admitted) static_cast<void>(charge_with(*alone_, client_id, tier, now));
    return decided;
  }

  Result<RateDecision> ask(std::string_view client_id, const Tier& tier, MonotonicTime now) {
    // Calls that can't be kept are not charged.
    const bool keeps = options_.calls_at_once > 1 && known_.has_place(client_id, tier, now);
    const auto asked = std::chrono::steady_clock::now();
    const auto until = asked + std::chrono::milliseconds(options_.wait_ms_max);
    const auto charged = charge_counter(cluster_, {client_id, tier.windows, keeps ? options_.calls_at_once : 1}, until);
    tell(charged);
    if (!charged) return std::unexpected(charged.error());
    return remember(client_id, tier, now, std::chrono::steady_clock::now() - asked, *charged);
  }

  RateDecision remember(std::string_view client_id, const Tier& tier, MonotonicTime now,
                        std::chrono::nanoseconds round_trip, const Charged& charged) {
    if (charged.calls == 0) {
      constexpr std::uint64_t longest_us = std::numeric_limits<std::int64_t>::max() / 4'000;
      const auto wait_ns = static_cast<std::int64_t>(std::min(charged.wait_us, longest_us) * 1'000);
      // The wait began at the server after `now`, so the client is not refused here for longer than there; and before
      // the answer was here, so whoever waits until then is admitted.
      if (now.nanoseconds < std::numeric_limits<std::int64_t>::max() - wait_ns - round_trip.count()) {
        const std::int64_t until_ns = now.nanoseconds + wait_ns;
        known_.refuse(client_id, tier, now, {until_ns}, {until_ns + round_trip.count()});
      }
      const std::uint64_t seconds = charged.wait_us / 1'000'000 + (charged.wait_us % 1'000'000 > 0 ? 1 : 0);
      return {.admitted = false,
              .retry_after_s = static_cast<std::uint32_t>(
                  std::min<std::uint64_t>(seconds, std::numeric_limits<std::uint32_t>::max()))};
    }
    if (charged.calls > 1) {
      const std::int64_t lives_ns = std::int64_t{options_.calls_kept_ms_max} * 1'000'000;
      known_.keep(client_id, tier, now, charged.calls - 1, {now.nanoseconds + lives_ns});
    }
    return {.admitted = true, .retry_after_s = 0};
  }

  // A server may be away while others answer, so it is over only when nobody failed for some time.
  void tell(const Result<Charged>& charged) noexcept {
    const std::int64_t now_ns = system_clock().monotonic_now().nanoseconds;
    if (charged) {
      if (reachable_.load() || now_ns - failed_ns_.load() < quiet_ns || reachable_.exchange(true)) return;
      return log_.write(LogLevel::information, "rates.reachable", "the shared counter answers again");
    }
    failed_ns_.store(now_ns);
    if (!reachable_.exchange(false)) return;
    try {
      log_.write(LogLevel::error, "rates.unreachable", log_text(charged.error().detail));
    } catch (const std::bad_alloc&) {
      log_.write(LogLevel::error, "rates.unreachable", {});
    }
  }

  bool windows_are_valid(const Tier& tier) const noexcept {
    return tier.windows.size() <= std::min(limits_.rate_windows_max, windows_limit) &&
           std::ranges::all_of(tier.windows, [&](const RateWindow& window) {
             return window.calls >= 1 && window.calls <= std::min(limits_.rate_calls_max, 1'000'000'000U) &&
                    window.seconds >= 1 && window.seconds <= std::min(limits_.rate_window_s_max, 31'622'400U);
           });
  }

  const RedisOptions options_;
  const Limits limits_;
  LogSink& log_;
  Cluster cluster_;
  LocalAnswers known_;
  std::unique_ptr<RateLimiter> alone_;
  std::atomic<bool> reachable_ = true;
  std::atomic<std::int64_t> failed_ns_ = 0;
};

Result<void> check_options(const RedisOptions& options) {
  const auto between = [](std::uint32_t value, std::uint32_t least, std::uint32_t most) {
    return value >= least && value <= most;
  };
  if (options.host.empty() || options.host.find('\0') != std::string::npos || options.port == 0) {
    return fail(Code::argument_invalid, "no host and port of Redis");
  }
  if (!between(options.wait_ms_max, 1, wait_ms_limit)) return fail(Code::argument_invalid, "wait_ms_max: 1 to 60,000");
  if (!between(options.calls_at_once, 1, calls_at_once_limit)) {
    return fail(Code::argument_invalid, "calls_at_once: 1 to 1,000");
  }
  if (!between(options.retry_ms, 0, wait_ms_limit) || !between(options.calls_kept_ms_max, 0, wait_ms_limit)) {
    return fail(Code::argument_invalid, "retry_ms and calls_kept_ms_max: up to 60,000");
  }
  return {};
}

}  // namespace
}  // namespace redis

Result<std::unique_ptr<RateLimiter>> make_redis_rate_limiter(const RedisOptions& options, const Limits& limits,
                                                             LogSink& log) {
  try {
    if (auto checked = redis::check_options(options); !checked) return std::unexpected(std::move(checked.error()));
    return std::make_unique<redis::RedisRateLimiter>(options, limits, log);
  } catch (const std::bad_alloc&) {
    return fail(Code::out_of_memory);
  }
}

}  // namespace locket
