#include "base/instruction_set.hpp"

#include <gtest/gtest.h>
#include <hwy/highway.h>
#include <hwy/targets.h>

#include <algorithm>

namespace locket {
namespace {

/// The best of our sets among what Highway, the judge, says that this CPU has.
InstructionSet best_by_highway() {
#if defined(__x86_64__) || defined(__i386__)
  const std::int64_t targets = hwy::SupportedTargets();
  if ((targets & HWY_AVX3) != 0) return InstructionSet::avx3;
  if ((targets & HWY_AVX2) != 0) return InstructionSet::avx2;
  if ((targets & HWY_SSE4) != 0) return InstructionSet::sse4;
  if ((targets & HWY_SSSE3) != 0) return InstructionSet::ssse3;
#endif
  return InstructionSet::baseline;
}

TEST(InstructionSet, IsTheBestThatTheCpuHas) { EXPECT_EQ(best_instruction_set(), best_by_highway()); }

TEST(InstructionSet, IsNeverBetterThanAllowedNorThanTheCpu) {
  const InstructionSet best = best_instruction_set();
  for (std::uint8_t set = 0; set < instruction_set_count; ++set) {
    allow_instruction_sets(InstructionSet{set});
    EXPECT_EQ(best_instruction_set(), std::min(best, InstructionSet{set}));
  }
  EXPECT_EQ(best_instruction_set(), best);
}

TEST(InstructionSet, PicksTheBestBuildThatThereIs) {
  const auto first = [] { return 1; };
  const auto fourth = [] { return 4; };
  const VectorBuilds<int (*)()> builds{{first, nullptr, nullptr, fourth, nullptr}};
  const InstructionSet best = best_instruction_set();
  for (std::uint8_t set = 0; set <= static_cast<std::uint8_t>(best); ++set) {
    allow_instruction_sets(InstructionSet{set});
    EXPECT_EQ(builds.best()(), set >= 3 ? 4 : 1);
  }
}

}  // namespace
}  // namespace locket
