#pragma once

#include <csetjmp>
#include <type_traits>

namespace locket::codec {

/// Where a C library's error handler jumps to. Only `run_guarded` sets it.
struct JumpGuard {
  std::jmp_buf target;
};

/// Calls `function(argument)` so that `jump_out` may leave it. Every frame that a jump skips must hold only objects
/// with trivial destructors. Result: true when the function returned, false when it was left by a jump. One thread.
[[nodiscard]] bool run_guarded(JumpGuard& guard, void (*function)(void*), void* argument) noexcept;

/// The same for a callable, whose captures must be trivially destructible too.
template <class Function>
[[nodiscard]] bool run_guarded(JumpGuard& guard, Function function) noexcept {
  static_assert(std::is_trivially_destructible_v<Function>);
  return run_guarded(guard, [](void* argument) { (*static_cast<Function*>(argument))(); }, &function);
}

/// Leaves the function that the innermost `run_guarded` of this guard runs; only while it runs. Does not return.
[[noreturn]] void jump_out(JumpGuard& guard) noexcept;

}  // namespace locket::codec
