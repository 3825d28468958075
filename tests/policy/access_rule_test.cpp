#include "policy/access_rule.hpp"

#include <gtest/gtest.h>

namespace locket::policy {
namespace {

TEST(AccessRule, DeniesAModeThatDoesNotExist) {
  const Standing standing{.imodel_known = true,
                          .itwin_known = true,
                          .mode = static_cast<ImodelMode>(3),
                          .on_itwin = PermissionSet::from_bits(31),
                          .on_imodel = PermissionSet::from_bits(31)};
  const Decision decision = decide_by_rule(standing, Permission::webview);
  EXPECT_FALSE(decision.allowed);
  EXPECT_EQ(decision.rule, Rule::facts_unavailable);
  EXPECT_EQ(decision.level, Level::none);
}

TEST(AccessRule, DeniesAnAdministratorAndOwnerWhatIsUnknownOrContradicted) {
  for (const bool imodel_known : {false, true}) {
    for (const bool itwin_known : {false, true}) {
      for (const bool contradicted : {false, true}) {
        const Standing standing{.imodel_known = imodel_known,
                                .itwin_known = itwin_known,
                                .contradicted = contradicted,
                                .administrator = true,
                                .owner = true,
                                .on_itwin = PermissionSet::from_bits(31)};
        const Decision decision = decide_by_rule(standing, Permission::webview);
        EXPECT_EQ(decision.allowed, imodel_known && itwin_known && !contradicted);
      }
    }
  }
}

}  // namespace
}  // namespace locket::policy
