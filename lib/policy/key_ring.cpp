#include "policy/key_ring.hpp"

#include <limits>
#include <new>
#include <string>
#include <utility>

#include "base/guarded.hpp"
#include "base/log_text.hpp"
#include "crypto/sha256.hpp"

namespace locket::policy {
namespace {

constexpr std::int64_t ns_per_s = 1'000'000'000;

std::int64_t after(MonotonicTime now, std::uint32_t seconds) noexcept {
  std::int64_t sum = 0;
  const bool overflows = __builtin_add_overflow(now.nanoseconds, static_cast<std::int64_t>(seconds) * ns_per_s, &sum);
  return overflows ? std::numeric_limits<std::int64_t>::max() : sum;
}

}  // namespace

KeyRing::KeyRing(const TokenRules& rules, std::unique_ptr<KeySource> source, const Limits& limits, const Clock& clock,
                 LogSink& log)
    : rules_(rules), source_(std::move(source)), limits_(limits), clock_(clock), log_(log) {}

Result<std::unique_ptr<KeyRing>> KeyRing::make(const TokenRules& rules, std::unique_ptr<KeySource> source,
                                               const Limits& limits, const Clock& clock, LogSink& log) {
  std::unique_ptr<KeyRing> ring(new KeyRing(rules, std::move(source), limits, clock, log));
  auto read = ring->read(clock.monotonic_now());
  if (!read) return std::unexpected(std::move(read.error()));
  if (ring->set_->size() == 0) return fail(Code::key_invalid, "the key set has no key");
  return ring;
}

KeyRing::Keys KeyRing::keys() const noexcept {
  if (clock_.monotonic_now().nanoseconds >= trusted_until_ns_.load(std::memory_order_acquire)) return {};
  const std::lock_guard guard(mutex_);
  return {set_, {generation_.load(std::memory_order_relaxed)}};
}

KeyGeneration KeyRing::refresh_if_due() noexcept {
  const MonotonicTime now = clock_.monotonic_now();
  if (now.nanoseconds >= due_ns_.load(std::memory_order_relaxed)) refresh(now);
  if (now.nanoseconds >= trusted_until_ns_.load(std::memory_order_acquire)) return {};
  return {generation_.load(std::memory_order_acquire)};
}

bool KeyRing::refresh_for_unknown_key() noexcept { return refresh(clock_.monotonic_now()); }

bool KeyRing::refresh(MonotonicTime now) noexcept {
  if (now.nanoseconds < earliest_ns_.load(std::memory_order_relaxed)) return false;
  if (reading_.exchange(true, std::memory_order_acquire)) return false;
  bool changed = false;
  // Whoever read in the meantime has moved this on.
  if (now.nanoseconds >= earliest_ns_.load(std::memory_order_relaxed)) changed = read_and_tell(now).value_or(false);
  end_reading();
  return changed;
}

Result<bool> KeyRing::read_anew() noexcept {
  while (reading_.exchange(true, std::memory_order_acquire)) reading_.wait(true, std::memory_order_acquire);
  auto outcome = read_and_tell(clock_.monotonic_now());
  end_reading();
  return outcome;
}

Result<bool> KeyRing::read_and_tell(MonotonicTime now) noexcept {
  auto outcome = guarded([&] { return read(now); });
  tell(outcome);
  return outcome;
}

void KeyRing::end_reading() noexcept {
  reading_.store(false, std::memory_order_release);
  reading_.notify_all();
}

// Reads once. Result: whether the keys are others than before.
Result<bool> KeyRing::read(MonotonicTime now) {
  earliest_ns_.store(after(now, rules_.key_retry_s), std::memory_order_relaxed);
  due_ns_.store(after(now, rules_.key_retry_s), std::memory_order_relaxed);  // for the case that this fails
  Result<std::string> text = source_->fetch_jwks();
  if (!text) return std::unexpected(std::move(text.error()));
  if (text->size() > limits_.jwks_bytes_max) return fail(Code::json_invalid, "the key set is too large");
  const Sha256 digest = crypto::sha256(as_bytes(*text));
  const bool changed = document_ != digest;  // only the one who reads writes it
  if (changed) {
    auto set = KeySet::parse(*text, rules_, limits_);
    if (!set) return std::unexpected(std::move(set.error()));
    if (set->passed_over() > 0) {
      log_.write(LogLevel::warning, "keys.passed_over",
                 std::to_string(set->passed_over()) + " of " + std::to_string(set->passed_over() + set->size()) +
                     " keys of the set can't be used, or stand there twice");
    }
    auto shared = std::make_shared<const KeySet>(std::move(*set));
    const std::lock_guard guard(mutex_);
    set_ = std::move(shared);
    document_ = digest;
    generation_.fetch_add(1, std::memory_order_release);
  }
  due_ns_.store(after(now, rules_.key_refresh_s), std::memory_order_relaxed);
  trusted_until_ns_.store(after(now, rules_.key_trust_s), std::memory_order_release);
  return changed;
}

void KeyRing::tell(const Result<bool>& outcome) noexcept {
  if (!outcome) {
    const std::string_view name = code_name(outcome.error().code);
    std::string text;
    try {
      text = std::string(name) + ": " + log_text(outcome.error().detail);
    } catch (const std::bad_alloc&) {  // then the name alone tells it
    }
    log_.write(LogLevel::warning, "keys.refresh_failed", text.empty() ? name : std::string_view(text));
  } else if (*outcome) {
    log_.write(LogLevel::information, "keys.changed", "the token keys were replaced");
  }
}

}  // namespace locket::policy
