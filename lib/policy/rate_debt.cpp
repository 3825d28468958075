#include "policy/rate_debt.hpp"

#include <algorithm>
#include <limits>

namespace locket::policy {
namespace {

constexpr std::uint64_t nanoseconds_of_a_second = 1'000'000'000;
constexpr std::uint64_t most_seconds = std::numeric_limits<std::uint32_t>::max();

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t period_of(const RateWindow& window) noexcept {
  return window.seconds * nanoseconds_of_a_second;
}

// The time from one moment to a later one; any two clock values fit.
constexpr std::uint64_t elapsed(MonotonicTime from, MonotonicTime to) noexcept {
  if (to <= from) return 0;
  return static_cast<std::uint64_t>(to.nanoseconds) - static_cast<std::uint64_t>(from.nanoseconds);
}

constexpr DebtTime paid_back(DebtTime debt, std::uint64_t nanoseconds) noexcept {
  if (nanoseconds > debt.nanoseconds) return {};
  return {debt.nanoseconds - nanoseconds, debt.parts};
}

constexpr DebtTime with_one_call(DebtTime debt, const RateWindow& window) noexcept {
  const std::uint64_t period = period_of(window);
  const std::uint64_t parts = debt.parts + period % window.calls;
  const std::uint64_t carried = parts >= window.calls ? 1 : 0;
  return {debt.nanoseconds + period / window.calls + carried, parts - carried * window.calls};
}

// Calls that are not yet paid back, a started one as a whole.
std::uint64_t calls_owed(DebtTime debt, const RateWindow& window) noexcept {
  const Wide parts = Wide{debt.nanoseconds} * window.calls + debt.parts;
  return static_cast<std::uint64_t>((parts + period_of(window) - 1) / period_of(window));
}

DebtTime debt_of(std::uint64_t calls, const RateWindow& window) noexcept {
  const Wide parts = Wide{std::min<std::uint64_t>(calls, window.calls)} * period_of(window);
  return {static_cast<std::uint64_t>(parts / window.calls), static_cast<std::uint64_t>(parts % window.calls)};
}

constexpr std::uint64_t rounded_up(DebtTime time) noexcept { return time.nanoseconds + (time.parts > 0 ? 1 : 0); }

// Whole seconds that hold both waits; what can't be told in 32 bits is told as the most that can.
constexpr std::uint32_t whole_seconds(std::uint64_t first, std::uint64_t second) noexcept {
  const Wide together = Wide{first} + second;
  const Wide seconds = (together + nanoseconds_of_a_second - 1) / nanoseconds_of_a_second;
  return static_cast<std::uint32_t>(std::min<Wide>(seconds, most_seconds));
}

}  // namespace

bool RateDebt::keeps(std::span<const RateWindow> windows) const noexcept {
  return std::ranges::equal(windows, owed_, {}, {}, &Owed::window);
}

void RateDebt::take_over(std::span<const RateWindow> windows) {
  std::uint64_t calls = 0;
  for (const Owed& owed : owed_) calls = std::max(calls, calls_owed(owed.debt, owed.window));
  std::vector<Owed> taken;
  taken.reserve(windows.size());
  for (const RateWindow& window : windows) taken.push_back({window, debt_of(calls, window)});
  owed_ = std::move(taken);
}

RateDecision RateDebt::charge(std::span<const RateWindow> windows, MonotonicTime now) {
  const std::uint64_t passed = elapsed(at_, now);
  for (Owed& owed : owed_) owed.debt = paid_back(owed.debt, passed);
  at_ = std::max(at_, now);
  if (!keeps(windows)) take_over(windows);

  std::uint64_t wait = 0;
  for (const Owed& owed : owed_) {
    const std::uint64_t after = rounded_up(with_one_call(owed.debt, owed.window));
    const std::uint64_t most = period_of(owed.window);
    wait = std::max(wait, after - std::min(after, most));
  }
  // Time that runs behind the last charge must first come back to it.
  if (wait > 0) return {.admitted = false, .retry_after_s = whole_seconds(wait, elapsed(now, at_))};
  for (Owed& owed : owed_) owed.debt = with_one_call(owed.debt, owed.window);
  return {.admitted = true, .retry_after_s = 0};
}

std::uint64_t RateDebt::longest_debt() const noexcept {
  std::uint64_t longest = 0;
  for (const Owed& owed : owed_) longest = std::max(longest, rounded_up(owed.debt));
  return longest;
}

bool RateDebt::is_settled(MonotonicTime now) const noexcept { return elapsed(at_, now) >= longest_debt(); }

MonotonicTime RateDebt::settled_at() const noexcept {
  const MonotonicTime last{std::numeric_limits<std::int64_t>::max()};
  const std::uint64_t longest = longest_debt();
  if (longest >= elapsed(at_, last)) return last;
  return {static_cast<std::int64_t>(static_cast<std::uint64_t>(at_.nanoseconds) + longest)};
}

}  // namespace locket::policy
