#include <gtest/gtest.h>

#include "locket/picture.hpp"

namespace locket {
namespace {

TEST(Recipe, IsToldByOneShortText) {
  EXPECT_EQ(to_string(Recipe{}), std::to_string(renderer_version) + " cover lanczos3 fast 00000000");
  const Recipe other{Fit::contain, Filter::mitchell, Effort::small, Colour{1, 2, 254, 255}};
  EXPECT_EQ(to_string(other), std::to_string(renderer_version) + " contain mitchell small 0102feff");
}

}  // namespace
}  // namespace locket
