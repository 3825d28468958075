#pragma once

#include <gtest/gtest.h>
#include <hwy/highway.h>
#include <hwy/targets.h>

namespace locket::codec {

/// Runs a test once with each set of instructions that this CPU has and the vector kernels were built for.
template <class Test>
void with_every_instruction_set(Test test) {
  const auto allow = [](std::int64_t targets) {
    hwy::SetSupportedTargetsForTest(targets);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  };
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    allow(target);
    test();
  }
  allow(0);
}

}  // namespace locket::codec
