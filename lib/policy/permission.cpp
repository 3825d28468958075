#include <array>
#include <utility>

#include "locket/access.hpp"

namespace locket {
namespace {

constexpr std::array<std::pair<Permission, std::string_view>, 5> names{{
    {Permission::webview, "imodels_webview"},
    {Permission::read, "imodels_read"},
    {Permission::write, "imodels_write"},
    {Permission::manage, "imodels_manage"},
    {Permission::remove, "imodels_delete"},
}};

}  // namespace

std::string_view permission_name(Permission permission) noexcept {
  for (const auto& [known, name] : names) {
    if (known == permission) return name;
  }
  return "unknown";
}

std::optional<Permission> parse_permission(std::string_view name) noexcept {
  for (const auto& [permission, known] : names) {
    if (known == name) return permission;
  }
  return std::nullopt;
}

}  // namespace locket
