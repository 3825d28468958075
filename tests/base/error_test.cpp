#include "locket/error.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <set>
#include <string_view>

namespace locket {
namespace {

TEST(CodeName, IsAnotherForEveryCode) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(Code::internal_error); ++code) {
    const std::string_view name = code_name(static_cast<Code>(code));
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_NE(name, "unknown") << code;
    for (const char letter : name) EXPECT_TRUE(std::islower(letter) != 0 || letter == '_') << name;
  }
}

TEST(CodeName, OfNoCodeIsUnknown) {
  EXPECT_EQ(code_name(static_cast<Code>(static_cast<int>(Code::internal_error) + 1)), "unknown");
}

}  // namespace
}  // namespace locket
