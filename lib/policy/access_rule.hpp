#pragma once

#include "locket/access.hpp"

namespace locket::policy {

/// How somebody stands towards one iModel: all that the rule needs to know.
struct Standing {
  bool imodel_known = false;
  bool itwin_known = false;
  bool contradicted = false;   ///< the facts place the iModel in another iTwin than the access document does
  bool administrator = false;  ///< of the organization that owns the iTwin
  bool owner = false;          ///< of the iTwin
  ImodelMode mode = ImodelMode::none;
  PermissionSet on_itwin{};   ///< by all roles of the user on the iTwin
  PermissionSet on_imodel{};  ///< as the mode says: what the iModel grants to the user's roles, or to the user
};

/// The rule of the iModels API: whether one permission is given, by which line of the rule, at which level. Pure;
/// never fails; denies what it can't know. Result: the decision, without a revision.
[[nodiscard]] Decision decide_by_rule(const Standing& standing, Permission permission) noexcept;

}  // namespace locket::policy
