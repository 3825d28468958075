#include <gtest/gtest.h>

#include "locket/access.hpp"

namespace locket {
namespace {

TEST(Permission, NamesAreThePublishedOnes) {
  for (const auto& [permission, name] :
       {std::pair{Permission::webview, "imodels_webview"}, std::pair{Permission::read, "imodels_read"},
        std::pair{Permission::write, "imodels_write"}, std::pair{Permission::manage, "imodels_manage"},
        std::pair{Permission::remove, "imodels_delete"}}) {
    EXPECT_EQ(permission_name(permission), name);
    EXPECT_EQ(parse_permission(name), permission);
  }
  EXPECT_FALSE(parse_permission("imodels_Webview"));
  EXPECT_FALSE(parse_permission(""));
  EXPECT_EQ(permission_name(static_cast<Permission>(3)), "unknown");
}

TEST(PermissionSet, AtLeastWebviewIsMetByAnyOfTheFirstFour) {
  for (std::uint32_t bits = 0; bits < 32; ++bits) {
    EXPECT_EQ(PermissionSet::from_bits(bits).at_least_webview(), bits % 16 != 0) << bits;
  }
}

}  // namespace
}  // namespace locket
