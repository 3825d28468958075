#include "codec/jump_guard.hpp"

namespace locket::codec {

// The only place with setjmp: nothing here is changed between it and a jump, and nothing has a destructor.
bool run_guarded(JumpGuard& guard, void (*function)(void*), void* argument) noexcept {
  if (setjmp(guard.target) != 0) return false;
  function(argument);
  return true;
}

void jump_out(JumpGuard& guard) noexcept { std::longjmp(guard.target, 1); }

}  // namespace locket::codec
