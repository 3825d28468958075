#include "kernel_sets.hpp"

#include <array>

namespace locket::raster {
namespace {

constexpr std::array<const char*, instruction_set_count> names{"baseline", "SSSE3", "SSE4", "AVX2", "AVX3"};

}  // namespace

std::vector<KernelSet> vector_kernel_sets() {
  std::vector<KernelSet> sets;
  const InstructionSet best = best_instruction_set();
  for (std::uint8_t set = 0; set <= static_cast<std::uint8_t>(best); ++set) {
    allow_instruction_sets(InstructionSet{set});
    sets.push_back({names[set], InstructionSet{set}, &vector_kernels()});
  }
  return sets;
}

OnlyKernelSet::OnlyKernelSet(const KernelSet& set) : before_(best_instruction_set()) {
  allow_instruction_sets(set.instructions);
}

OnlyKernelSet::~OnlyKernelSet() { allow_instruction_sets(before_); }

}  // namespace locket::raster
