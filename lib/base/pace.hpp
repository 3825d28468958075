#pragma once

#include <chrono>
#include <cstdint>

namespace locket {

/// Keeps long reading slow enough for others: whoever has read more than is due by now waits. One thread.
class Pace {
 public:
  /// Input: how many bytes a second may be read on average; 0: as many as one can.
  explicit Pace(std::uint64_t bytes_per_s_max) noexcept
      : bytes_per_s_max_(bytes_per_s_max), begun_(std::chrono::steady_clock::now()) {}

  /// Counts bytes that were read.
  void add(std::uint64_t bytes) noexcept { bytes_ += bytes; }

  /// How long to wait before more is read, at least 0.
  [[nodiscard]] std::chrono::nanoseconds wait() const noexcept {
    if (bytes_per_s_max_ == 0) return {};
    const double due_s = static_cast<double>(bytes_) / static_cast<double>(bytes_per_s_max_);
    const std::chrono::duration<double> left =
        std::chrono::duration<double>(due_s) - (std::chrono::steady_clock::now() - begun_);
    constexpr std::chrono::duration<double> longest = std::chrono::hours(24);
    if (left <= left.zero()) return {};
    return std::chrono::duration_cast<std::chrono::nanoseconds>(left < longest ? left : longest);
  }

 private:
  std::uint64_t bytes_per_s_max_;
  std::chrono::steady_clock::time_point begun_;
  std::uint64_t bytes_ = 0;
};

}  // namespace locket
