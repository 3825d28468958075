#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "locket/clock.hpp"
#include "locket/error.hpp"
#include "locket/hashed_bytes.hpp"
#include "locket/limits.hpp"
#include "locket/log.hpp"
#include "locket/token.hpp"
#include "policy/key_set.hpp"
#include "policy/token_cache.hpp"

namespace locket::policy {

/// The present keys of a source: read anew when they are old or a token names one that is not there, and trusted for a
/// bounded time when they can't be. One caller at a time reads, on its own thread and without any lock, while all
/// others go on with the keys there are; a source that has the verifier check a token meanwhile does no harm, but one
/// that asks for the keys to be reloaded would wait for itself. Any thread.
class KeyRing {
 public:
  /// Reads the keys once. Inputs: the rules, copied; the source; the limits, copied; a clock and a log that outlive
  /// the ring. Result: the ring; or the error of `KeySet::parse` or of the source.
  [[nodiscard]] static Result<std::unique_ptr<KeyRing>> make(const TokenRules& rules, std::unique_ptr<KeySource> source,
                                                             const Limits& limits, const Clock& clock, LogSink& log);

  /// Keys and their generation.
  struct Keys {
    std::shared_ptr<const KeySet> set;  ///< null when there are none that may still be trusted
    KeyGeneration generation;
  };

  /// The present keys, shared. Cost: one lock for a moment.
  [[nodiscard]] Keys keys() const noexcept;

  /// Reads the keys anew if that is due, and tells their generation: another one for each set that differs from the one
  /// before, none when the keys may not be trusted any more. Cost when nothing is due: a look at the clock.
  [[nodiscard]] KeyGeneration refresh_if_due() noexcept;

  /// Reads the keys anew because a token names one that is not there, unless they were read, or tried to be, less than
  /// `TokenRules::key_retry_s` ago. Result: whether they are other keys now.
  [[nodiscard]] bool refresh_for_unknown_key() noexcept;

  /// Reads the keys anew now, whenever they were read last; waits while another thread reads. Result: whether they are
  /// other keys now; or why they could not be read, with the keys as they were.
  [[nodiscard]] Result<bool> read_anew() noexcept;

 private:
  KeyRing(const TokenRules& rules, std::unique_ptr<KeySource> source, const Limits& limits, const Clock& clock,
          LogSink& log);

  bool refresh(MonotonicTime now) noexcept;
  Result<bool> read_and_tell(MonotonicTime now) noexcept;
  void end_reading() noexcept;
  Result<bool> read(MonotonicTime now);
  void tell(const Result<bool>& outcome) noexcept;

  const TokenRules rules_;
  const std::unique_ptr<KeySource> source_;
  const Limits limits_;
  const Clock& clock_;
  LogSink& log_;

  mutable std::mutex mutex_;  // guards the next two, for moments only
  std::shared_ptr<const KeySet> set_;
  std::optional<Sha256> document_;  // the digest of what `set_` was read from

  std::atomic<std::uint64_t> generation_{0};
  std::atomic<std::int64_t> due_ns_{0};            // when keys are old
  std::atomic<std::int64_t> earliest_ns_{0};       // before this nobody reads
  std::atomic<std::int64_t> trusted_until_ns_{0};  // from then on they are not trusted
  std::atomic<bool> reading_{false};
};

}  // namespace locket::policy
