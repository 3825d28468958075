#include "policy/access_rule.hpp"

namespace locket::policy {
namespace {

constexpr Decision allowed(bool allowed, Rule rule, Level level) noexcept {
  return {.allowed = allowed, .rule = rule, .level = level, .revision = 0};
}

constexpr Decision denied(Rule rule, Level level) noexcept { return allowed(false, rule, level); }

constexpr bool is_permission(Permission permission) noexcept {
  switch (permission) {
    case Permission::webview:
    case Permission::read:
    case Permission::write:
    case Permission::manage:
    case Permission::remove: return true;
  }
  return false;
}

Decision decide_by_roles(const Standing& standing, Permission permission) noexcept {
  if (!standing.on_imodel.has(permission)) return denied(Rule::imodel_role_permission, Level::imodel);
  if (!standing.on_itwin.at_least_webview()) return denied(Rule::itwin_webview_missing, Level::itwin);
  return allowed(true, Rule::imodel_role_permission, Level::imodel);
}

}  // namespace

Decision decide_by_rule(const Standing& standing, Permission permission) noexcept {
  if (!standing.imodel_known) return denied(Rule::imodel_unknown, Level::none);
  if (!standing.itwin_known) return denied(Rule::itwin_unknown, Level::none);
  if (standing.contradicted || !is_permission(permission)) return denied(Rule::facts_unavailable, Level::none);
  if (standing.administrator) return allowed(true, Rule::organization_administrator, Level::organization);
  if (standing.owner) return allowed(true, Rule::itwin_owner, Level::itwin);
  switch (standing.mode) {
    case ImodelMode::none: return allowed(standing.on_itwin.has(permission), Rule::itwin_permission, Level::itwin);
    case ImodelMode::roles: return decide_by_roles(standing, permission);
    case ImodelMode::users:
      return allowed(standing.on_imodel.has(permission), Rule::imodel_user_permission, Level::imodel);
  }
  return denied(Rule::facts_unavailable, Level::none);
}

}  // namespace locket::policy
