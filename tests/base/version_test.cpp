#include "locket/version.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace locket {
namespace {

TEST(Version, IsThatOfTheProjectInThreeNumbers) {
  EXPECT_EQ(version(), LOCKET_VERSION);
  EXPECT_EQ(std::ranges::count(version(), '.'), 2);
  EXPECT_TRUE(std::ranges::all_of(version(), [](char sign) { return sign == '.' || (sign >= '0' && sign <= '9'); }));
}

}  // namespace
}  // namespace locket
