#pragma once

#include <compare>
#include <cstdint>

#include "locket/export.hpp"

namespace locket {

/// Time since 1970-01-01T00:00:00Z, for what tokens and records say.
struct UnixTime {
  std::int64_t seconds = 0;

  auto operator<=>(const UnixTime&) const = default;
};

/// Time that only goes forward, for waits and rate limits; its start has no meaning.
struct MonotonicTime {
  std::int64_t nanoseconds = 0;

  auto operator<=>(const MonotonicTime&) const = default;
};

/// Where locket takes the time from; a host or a test may bring its own. Calls may come from any thread.
class LOCKET_API Clock {
 public:
  virtual ~Clock() = default;

  /// The time of day. Never fails.
  [[nodiscard]] virtual UnixTime now() const noexcept = 0;

  /// Never goes backwards within one process. Never fails.
  [[nodiscard]] virtual MonotonicTime monotonic_now() const noexcept = 0;
};

/// The clock of the machine. Lives for the whole program. Any thread.
[[nodiscard]] LOCKET_API const Clock& system_clock() noexcept;

}  // namespace locket
