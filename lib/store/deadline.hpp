#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace locket::store {

/// A point in time up to which somebody is ready to wait.
class Deadline {
 public:
  /// The time `wait_ms` from now.
  explicit Deadline(std::uint32_t wait_ms) noexcept
      : at_(std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms)) {}

  /// Whether it has passed.
  [[nodiscard]] bool passed() const noexcept { return std::chrono::steady_clock::now() >= at_; }

  /// The time that is left, at least 0.
  [[nodiscard]] std::chrono::nanoseconds left() const noexcept {
    return std::max(std::chrono::nanoseconds(0),
                    std::chrono::duration_cast<std::chrono::nanoseconds>(at_ - std::chrono::steady_clock::now()));
  }

  /// The point itself, for waits on a condition.
  [[nodiscard]] std::chrono::steady_clock::time_point at() const noexcept { return at_; }

 private:
  std::chrono::steady_clock::time_point at_;
};

}  // namespace locket::store
