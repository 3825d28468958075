#include "interrupt.hpp"

#include <atomic>

namespace locket::tool {
namespace {

std::atomic<bool> signal_came = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler must not wait");

void remember(int) noexcept { signal_came.store(true, std::memory_order_relaxed); }

}  // namespace

Interrupt::Interrupt() noexcept {
  signal_came = false;
  struct sigaction action{};
  action.sa_handler = remember;
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;  // the second one ends the program
  sigaction(SIGINT, &action, &interrupt_before_);
  sigaction(SIGTERM, &action, &terminate_before_);
}

Interrupt::~Interrupt() {
  sigaction(SIGINT, &interrupt_before_, nullptr);
  sigaction(SIGTERM, &terminate_before_, nullptr);
}

bool Interrupt::came() const noexcept { return signal_came.load(std::memory_order_relaxed); }

}  // namespace locket::tool
