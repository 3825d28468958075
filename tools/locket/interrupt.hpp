#pragma once

#include <csignal>

namespace locket::tool {

/// While it lives, the first Ctrl-C (or SIGTERM) is remembered and ends nothing; a second one ends the program.
/// At most one at a time.
class Interrupt {
 public:
  Interrupt() noexcept;
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  ~Interrupt();

  /// Whether the signal came. Any thread.
  [[nodiscard]] bool came() const noexcept;

 private:
  struct sigaction interrupt_before_{};
  struct sigaction terminate_before_{};
};

}  // namespace locket::tool
