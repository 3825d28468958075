#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace locket {

/// The sets of instructions that vector kernels are built for, each with all before it.
enum class InstructionSet : std::uint8_t {
  baseline,  ///< what every CPU has that the library was built for
  ssse3,
  sse4,  ///< SSE4.2 with AES and carry-less multiplication
  avx2,  ///< with BMI, FMA and half floats
  avx3,  ///< AVX-512 F, VL, DQ, BW and CD
};

inline constexpr std::size_t instruction_set_count = 5;

/// The best set that this CPU and its operating system have, or less where `allow_instruction_sets` said so. Costs one
/// load after the first call. Never fails. Any thread.
[[nodiscard]] InstructionSet best_instruction_set() noexcept;

/// Lets every call of a vector kernel from now on use sets up to `best` only, so that each can be tested; what the CPU
/// does not have stays out. Never fails. Any thread.
void allow_instruction_sets(InstructionSet best) noexcept;

/// One function as it was built for each set; null where it was not built. The first is never null.
template <class Function>
struct VectorBuilds {
  std::array<Function, instruction_set_count> by_set;

  /// The one to call on this CPU. Any thread.
  [[nodiscard]] Function best() const noexcept {
    std::size_t set = static_cast<std::size_t>(best_instruction_set());
    while (by_set[set] == nullptr) --set;
    return by_set[set];
  }
};

}  // namespace locket

/// The builds of a function that a file defines in HWY_NAMESPACE for each target of Highway. We choose among them
/// ourselves: Highway's library would do it, but measures the CPU's clock for 10 ms whenever a process starts.
#if defined(__x86_64__) || defined(__i386__)
#define LOCKET_VECTOR_BUILDS(function)                                                                                 \
  locket::VectorBuilds<decltype(&HWY_STATIC_DISPATCH(function))> {                                                     \
    {                                                                                                                  \
      HWY_CHOOSE_FALLBACK(function), HWY_CHOOSE_SSSE3(function), HWY_CHOOSE_SSE4(function), HWY_CHOOSE_AVX2(function), \
          HWY_CHOOSE_AVX3(function)                                                                                    \
    }                                                                                                                  \
  }
#else
#define LOCKET_VECTOR_BUILDS(function)                             \
  locket::VectorBuilds<decltype(&HWY_STATIC_DISPATCH(function))> { \
    {                                                              \
      &HWY_STATIC_DISPATCH(function)                               \
    }                                                              \
  }
#endif
