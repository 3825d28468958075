#pragma once

#include <gtest/gtest.h>

#include "base/instruction_set.hpp"

namespace locket::codec {

/// Runs a test once with each set of instructions that this CPU has.
template <class Test>
void with_every_instruction_set(Test test) {
  const InstructionSet best = best_instruction_set();
  for (std::uint8_t set = 0; set <= static_cast<std::uint8_t>(best); ++set) {
    SCOPED_TRACE(testing::Message() << "instruction set " << int{set});
    allow_instruction_sets(InstructionSet{set});
    test();
  }
  allow_instruction_sets(best);
}

}  // namespace locket::codec
