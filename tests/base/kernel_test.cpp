#include "base/kernel.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace locket {
namespace {

/// What a process that starts with this environment runs on, told by its exit code.
void exit_with_kernel(const char* name) {
  if (name == nullptr) {
    unsetenv("LOCKET_KERNEL");
  } else {
    setenv("LOCKET_KERNEL", name, 1);
  }
  std::_Exit(chosen_kernel() == Kernel::plain ? 1 : 0);
}

// "threadsafe" starts the program anew for each case, so the answer is that of a first call.
class KernelTest : public testing::Test {
 protected:
  void SetUp() override { testing::FLAGS_gtest_death_test_style = "threadsafe"; }
};

TEST_F(KernelTest, IsPlainOnlyWhenTheEnvironmentSaysExactlyThat) {
  EXPECT_EXIT(exit_with_kernel("plain"), testing::ExitedWithCode(1), "");
  EXPECT_EXIT(exit_with_kernel("Plain"), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(exit_with_kernel(""), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(exit_with_kernel(nullptr), testing::ExitedWithCode(0), "");
}

TEST_F(KernelTest, StaysTheSameForTheLifeOfTheProcess) {
  const auto change_after_first_call = [] {
    setenv("LOCKET_KERNEL", "plain", 1);
    const Kernel first = chosen_kernel();
    unsetenv("LOCKET_KERNEL");
    std::_Exit(first == Kernel::plain && chosen_kernel() == first ? 0 : 1);
  };
  EXPECT_EXIT(change_after_first_call(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace locket
