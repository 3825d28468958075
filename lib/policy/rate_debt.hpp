#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "locket/clock.hpp"
#include "locket/rate_limit.hpp"

namespace locket::policy {

/// Nanoseconds with an exact rest: the rest counts parts of a nanosecond, as many of them as the window has calls.
struct DebtTime {
  std::uint64_t nanoseconds = 0;
  std::uint64_t parts = 0;
};

/// What one client owes in every window of its tier, by the generic cell rate algorithm (GCRA, ITU-T I.371) in exact
/// integers: each call adds `seconds / calls` of time to the debt of a window, time pays it back, and a call is
/// admitted when no debt then passes `seconds`. Kept as a debt at a moment and not as a moment in the future, so that
/// no clock value can overflow it. Not for use by several threads at once.
class RateDebt {
 public:
  /// Charges one call in every window, or in none.
  /// Inputs: the windows, `calls` and `seconds` at least 1; the time. Where the windows are others than those of the
  /// last charge, the calls not yet paid back are owed in each of the new windows, at most the whole of it. A time
  /// before that of the last charge pays nothing back.
  /// Result: admitted; or how long to wait, in whole seconds rounded up, at most 2^32 - 1. Throws std::bad_alloc when
  /// the windows are new, and is then unchanged.
  [[nodiscard]] RateDecision charge(std::span<const RateWindow> windows, MonotonicTime now);

  /// Whether nothing is owed at a time, so that forgetting this client changes no answer.
  [[nodiscard]] bool is_settled(MonotonicTime now) const noexcept;

  /// When nothing will be owed if nothing more is charged; the last moment of the clock where it lies beyond.
  [[nodiscard]] MonotonicTime settled_at() const noexcept;

 private:
  struct Owed {
    RateWindow window;
    DebtTime debt;
  };

  [[nodiscard]] bool keeps(std::span<const RateWindow> windows) const noexcept;
  void take_over(std::span<const RateWindow> windows);
  [[nodiscard]] std::uint64_t longest_debt() const noexcept;

  MonotonicTime at_{std::numeric_limits<std::int64_t>::min()};  // the latest that was seen; `owed_` is owed then
  std::vector<Owed> owed_;
};

}  // namespace locket::policy
