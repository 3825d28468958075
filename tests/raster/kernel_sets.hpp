#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/instruction_set.hpp"
#include "raster/row_kernels.hpp"

namespace locket::raster {

/// One set of vector kernels.
struct KernelSet {
  std::string name;
  InstructionSet instructions = InstructionSet::baseline;
  const RowKernels* kernels = nullptr;
};

/// Every set of vector kernels that this CPU can run.
[[nodiscard]] std::vector<KernelSet> vector_kernel_sets();

/// While it lives, `vector_kernels()` gives one set.
class OnlyKernelSet {
 public:
  /// The set is one of `vector_kernel_sets()`.
  explicit OnlyKernelSet(const KernelSet& set);
  ~OnlyKernelSet();
  OnlyKernelSet(const OnlyKernelSet&) = delete;
  OnlyKernelSet& operator=(const OnlyKernelSet&) = delete;

 private:
  InstructionSet before_;
};

}  // namespace locket::raster
