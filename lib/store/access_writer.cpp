#include <sqlite3.h>

#include <string>

#include "store/access_tables.hpp"
#include "store/imodel_table.hpp"

namespace locket::store {
namespace {

// Children before their parents, so that no foreign key is searched in vain.
constexpr Sql deletions[] = {
    Sql::delete_imodel_grants,      Sql::delete_imodel_access,
    Sql::delete_bare_imodels,       Sql::delete_group_roles,
    Sql::delete_groups_as_members,  Sql::delete_group_members,
    Sql::delete_itwin_groups,       Sql::delete_user_roles,
    Sql::delete_user_members,       Sql::delete_itwin_roles,
    Sql::delete_itwin_owners,       Sql::delete_itwins,
    Sql::delete_organization_roles, Sql::delete_organization_administrators,
    Sql::delete_organizations,      Sql::delete_clients,
    Sql::delete_tier_windows,       Sql::delete_tiers,
};

Statement& bind_value(Statement& statement, int place, const std::string& value) {
  return statement.bind(place, std::string_view(value));
}
Statement& bind_value(Statement& statement, int place, const Guid& value) { return statement.bind(place, value); }
Statement& bind_value(Statement& statement, int place, std::int64_t value) { return statement.bind(place, value); }

template <class... Values>
Result<void> insert(Connection& connection, Sql sql, const Values&... values) {
  auto statement = connection.statement(sql);
  int place = 0;
  (bind_value(statement, ++place, values), ...);
  return statement.run();
}

std::int64_t bits(PermissionSet permissions) { return permissions.bits(); }

Result<void> write_organization(Connection& connection, const AccessDocument::Organization& organization) {
  auto result = insert(connection, Sql::insert_organization, organization.id);
  for (const std::string& administrator : organization.administrators) {
    if (!result) return result;
    result = insert(connection, Sql::insert_organization_administrator, organization.id, administrator);
  }
  for (const auto& role : organization.roles) {
    if (!result) return result;
    result = insert(connection, Sql::insert_organization_role, organization.id, role.id, bits(role.permissions));
  }
  return result;
}

Result<void> write_member(Connection& connection, const Guid& itwin_id, const AccessDocument::Member& member) {
  const bool is_user = member.group.empty();
  const std::string& name = is_user ? member.user : member.group;
  auto result = insert(connection, is_user ? Sql::insert_user_member : Sql::insert_group_as_member, itwin_id, name);
  for (const std::string& role : member.roles) {
    if (!result) return result;
    result = insert(connection, is_user ? Sql::insert_user_role : Sql::insert_group_role, itwin_id, name, role);
  }
  return result;
}

Result<void> write_group(Connection& connection, const Guid& itwin_id, const AccessDocument::Group& group) {
  auto result = insert(connection, Sql::insert_itwin_group, itwin_id, group.id);
  for (const std::string& member : group.members) {
    if (!result) return result;
    result = insert(connection, Sql::insert_group_member, itwin_id, group.id, member);
  }
  return result;
}

Result<void> write_itwin(Connection& connection, const AccessDocument::Itwin& itwin) {
  auto result = insert(connection, Sql::insert_itwin, itwin.id, itwin.organization_id);
  for (const std::string& owner : itwin.owners) {
    if (!result) return result;
    result = insert(connection, Sql::insert_itwin_owner, itwin.id, owner);
  }
  for (const auto& role : itwin.roles) {
    if (!result) return result;
    result = insert(connection, Sql::insert_itwin_role, itwin.id, role.id, bits(role.permissions));
  }
  for (const auto& group : itwin.groups) {
    if (!result) return result;
    result = write_group(connection, itwin.id, group);
  }
  for (const auto& member : itwin.members) {
    if (!result) return result;
    result = write_member(connection, itwin.id, member);
  }
  return result;
}

// One damaged entry must not keep the facts of all others from being replaced, for they may withdraw a permission.
Result<void> write_itwin_of(Connection& connection, const AccessDocument::Imodel& imodel) {
  auto found = find_sealed_row(connection, imodel.id);
  if (!found) return std::unexpected(std::move(found.error()));
  if (!*found) return insert_imodel_row(connection, {imodel.id, imodel.itwin_id, std::nullopt});
  auto& [row, has_id, sound] = **found;
  if (!sound) return set_itwin_of_damaged(connection, imodel.id, imodel.itwin_id);
  if (row.itwin_id == imodel.itwin_id) return {};
  row.itwin_id = imodel.itwin_id;
  return update_imodel_row(connection, row);
}

Result<void> write_imodel(Connection& connection, const AccessDocument::Imodel& imodel) {
  auto result = write_itwin_of(connection, imodel);
  if (!result || imodel.mode == ImodelMode::none) return result;
  result = insert(connection, Sql::insert_imodel_access, imodel.id, static_cast<std::int64_t>(imodel.mode));
  for (const auto& granted : imodel.granted) {
    if (!result) return result;
    result = insert(connection, Sql::insert_imodel_grant, imodel.id, granted.to, bits(granted.permissions));
  }
  return result;
}

Result<void> write_tier(Connection& connection, std::int64_t position, const Tier& tier) {
  auto result = insert(connection, Sql::insert_tier, position, tier.name);
  std::int64_t place = 0;
  for (const RateWindow& window : tier.windows) {
    if (!result) return result;
    result = insert(connection, Sql::insert_tier_window, position, ++place, static_cast<std::int64_t>(window.calls),
                    static_cast<std::int64_t>(window.seconds));
  }
  return result;
}

Result<void> write_all(Connection& connection, const AccessDocument& document) {
  Result<void> result;
  for (const Sql deletion : deletions) {
    if (result = connection.run(deletion); !result) return result;
  }
  for (const auto& organization : document.organizations) {
    if (result = write_organization(connection, organization); !result) return result;
  }
  for (const auto& itwin : document.itwins) {
    if (result = write_itwin(connection, itwin); !result) return result;
  }
  for (const auto& imodel : document.imodels) {
    if (result = write_imodel(connection, imodel); !result) return result;
  }
  std::int64_t position = 0;
  for (const Tier& tier : document.tiers) {
    if (result = write_tier(connection, ++position, tier); !result) return result;
  }
  for (const auto& client : document.clients) {
    if (result = insert(connection, Sql::insert_client, client.id, client.tier); !result) return result;
  }
  return result;
}

}  // namespace

Result<void> write_access(Connection& connection, const AccessDocument& document) {
  auto result = write_all(connection, document);
  if (result || result.error().code == Code::store_corrupt) return result;
  if ((sqlite3_errcode(connection.handle()) & 0xFF) == SQLITE_CONSTRAINT) {
    return fail(Code::access_document_invalid, "an entry stands twice, or names something that is not there");
  }
  return result;
}

}  // namespace locket::store
