#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace locket::tool {

/// What a progress bar shows beside the count that is done.
struct ProgressFacts {
  std::optional<std::uint64_t> total{};  ///< nothing: not known yet
  std::uint64_t failed = 0;
};

/// One line on standard error that tells how far a long work is. Shows nothing where standard error is no terminal.
/// One thread at a time.
class ProgressBar {
 public:
  /// Inputs: what is done (`importing`); whether to keep quiet in any case.
  ProgressBar(std::string work, bool quiet);

  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar() { clear(); }

  /// Tells the count that is done; draws at most ten times a second.
  void show(std::uint64_t done, const ProgressFacts& facts);

  /// Whether anything is shown at all.
  [[nodiscard]] bool is_visible() const noexcept { return visible_; }

  /// Takes the line away, before anything else is printed.
  void clear();

 private:
  std::string work_;
  bool visible_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point next_ = begin_;
};

}  // namespace locket::tool
