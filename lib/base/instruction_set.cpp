#include "base/instruction_set.hpp"

#include <algorithm>
#include <atomic>

namespace locket {
namespace {

constexpr std::uint8_t not_known = instruction_set_count;

// Of a constant beginning, so that kernels can be called before any constructor ran.
constinit std::atomic<std::uint8_t> best{not_known};

#if defined(__x86_64__) || defined(__i386__)
// What Highway's targets of these names are compiled for. The compiler's library asks the system as well whether it
// keeps the wide registers.
InstructionSet find_best() noexcept {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("ssse3") == 0) return InstructionSet::baseline;
  if (__builtin_cpu_supports("sse4.1") == 0 || __builtin_cpu_supports("sse4.2") == 0 ||
      __builtin_cpu_supports("pclmul") == 0 || __builtin_cpu_supports("aes") == 0) {
    return InstructionSet::ssse3;
  }
  if (__builtin_cpu_supports("avx2") == 0 || __builtin_cpu_supports("bmi") == 0 ||
      __builtin_cpu_supports("bmi2") == 0 || __builtin_cpu_supports("fma") == 0 ||
      __builtin_cpu_supports("f16c") == 0 || __builtin_cpu_supports("lzcnt") == 0) {
    return InstructionSet::sse4;
  }
  if (__builtin_cpu_supports("avx512f") == 0 || __builtin_cpu_supports("avx512vl") == 0 ||
      __builtin_cpu_supports("avx512dq") == 0 || __builtin_cpu_supports("avx512bw") == 0 ||
      __builtin_cpu_supports("avx512cd") == 0) {
    return InstructionSet::avx2;
  }
  return InstructionSet::avx3;
}
#else
InstructionSet find_best() noexcept { return InstructionSet::baseline; }
#endif

}  // namespace

InstructionSet best_instruction_set() noexcept {
  std::uint8_t known = best.load(std::memory_order_relaxed);
  if (known == not_known) {
    known = static_cast<std::uint8_t>(find_best());
    best.store(known, std::memory_order_relaxed);
  }
  return static_cast<InstructionSet>(known);
}

void allow_instruction_sets(InstructionSet allowed) noexcept {
  best.store(static_cast<std::uint8_t>(std::min(allowed, find_best())), std::memory_order_relaxed);
}

}  // namespace locket
