#include "kernel_sets.hpp"

#include <hwy/highway.h>
#include <hwy/targets.h>

namespace locket::raster {
namespace {

void allow(std::int64_t targets) {
  hwy::SetSupportedTargetsForTest(targets);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace

std::vector<KernelSet> vector_kernel_sets() {
  std::vector<KernelSet> sets;
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    allow(target);
    sets.push_back({hwy::TargetName(target), target, &vector_kernels()});
  }
  allow(0);
  return sets;
}

OnlyKernelSet::OnlyKernelSet(const KernelSet& set) { allow(set.target); }

OnlyKernelSet::~OnlyKernelSet() { allow(0); }

}  // namespace locket::raster
