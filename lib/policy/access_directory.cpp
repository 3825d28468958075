#include "policy/access_directory.hpp"

namespace locket::policy {

std::optional<std::uint32_t> AccessDirectory::organization(const Guid& id) const {
  return organizations_.find(hash_of(id), [&](std::uint32_t at) { return document_->organizations[at].id == id; });
}

std::optional<std::uint32_t> AccessDirectory::itwin(const Guid& id) const {
  return itwins_.find(hash_of(id), [&](std::uint32_t at) { return document_->itwins[at].id == id; });
}

std::optional<std::uint32_t> AccessDirectory::group(std::uint32_t itwin, std::string_view id) const {
  const auto& groups = document_->itwins[itwin].groups;
  return itwin_groups_[itwin].find(hash_of(id), [&](std::uint32_t at) { return groups[at].id == id; });
}

std::optional<std::uint32_t> AccessDirectory::role(std::uint32_t itwin, std::string_view id) const {
  const auto& own = document_->itwins[itwin].roles;
  if (const auto found = itwin_roles_[itwin].find(hash_of(id), [&](std::uint32_t at) { return own[at].id == id; })) {
    return found;
  }
  const std::uint32_t organization = itwin_organizations_[itwin];
  const auto& account = document_->organizations[organization].roles;
  const auto found =
      organization_roles_[organization].find(hash_of(id), [&](std::uint32_t at) { return account[at].id == id; });
  if (!found) return std::nullopt;
  return static_cast<std::uint32_t>(own.size()) + *found;
}

std::uint32_t AccessDirectory::organization_of(std::uint32_t itwin) const { return itwin_organizations_[itwin]; }

std::size_t AccessDirectory::role_count(std::uint32_t itwin) const {
  return document_->itwins[itwin].roles.size() + document_->organizations[itwin_organizations_[itwin]].roles.size();
}

PermissionSet AccessDirectory::role_permissions(std::uint32_t itwin, std::uint32_t role) const {
  const auto& own = document_->itwins[itwin].roles;
  if (role < own.size()) return own[role].permissions;
  return document_->organizations[itwin_organizations_[itwin]].roles[role - own.size()].permissions;
}

}  // namespace locket::policy
