#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/access_tables.hpp"
#include "store/imodel_table.hpp"
#include "store/key_order.hpp"

namespace locket::store {
namespace {

constexpr std::int64_t rows_at_once = 256;

/// Finds the entry with an id in a list that was read in the order of its ids.
template <class Entry>
Entry* find_by_id(std::vector<Entry>& entries, const Guid& id) {
  const auto place = std::ranges::lower_bound(entries, id, {}, &Entry::id);
  return place != entries.end() && place->id == id ? &*place : nullptr;
}

Error damaged() { return {Code::store_corrupt, "the access facts are damaged"}; }

/// Runs a listing and hands each row to `take`, which tells whether it fits what was read before.
template <class Take>
Result<void> for_each_row(Connection& connection, Sql sql, Take take) {
  auto statement = connection.statement(sql);
  while (true) {
    const auto row = statement.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    if (!take(statement)) return std::unexpected(damaged());
  }
}

/// The same for rows whose first columns are their key.
template <class Take>
Result<void> for_each_row_by(int key_columns, Connection& connection, Sql sql, Take take) {
  KeyOrder keys(key_columns);
  return for_each_row(connection, sql, [&](const Statement& row) { return keys.rises(row) && take(row); });
}

/// The same where the key begins with the id of an entry of `entries`.
template <class Entry, class Take>
Result<void> for_each_row_of(int key_columns, Connection& connection, Sql sql, std::vector<Entry>& entries, Take take) {
  return for_each_row_by(key_columns, connection, sql, [&](const Statement& row) {
    Guid id;
    if (!row.copy(0, id)) return false;
    Entry* entry = find_by_id(entries, id);
    return entry != nullptr && take(*entry, row);
  });
}

PermissionSet permissions(const Statement& row, int column) {
  return PermissionSet::from_bits(static_cast<std::uint32_t>(row.integer(column)));
}

using Document = AccessDocument;

bool add_role(std::vector<Document::Role>& roles, const Statement& row) {
  roles.push_back({std::string(row.text(1)), permissions(row, 2)});
  return true;
}

Result<void> read_organizations(Connection& connection, Document& document) {
  auto result = for_each_row_by(1, connection, Sql::list_organizations, [&](const Statement& row) {
    return row.copy(0, document.organizations.emplace_back().id);
  });
  if (!result) return result;
  result = for_each_row_of(2, connection, Sql::list_organization_administrators, document.organizations,
                           [](Document::Organization& organization, const Statement& row) {
                             organization.administrators.emplace_back(row.text(1));
                             return true;
                           });
  if (!result) return result;
  return for_each_row_of(
      2, connection, Sql::list_organization_roles, document.organizations,
      [](Document::Organization& organization, const Statement& row) { return add_role(organization.roles, row); });
}

bool add_group_member(Document::Itwin& itwin, const Statement& row) {
  const auto group = std::ranges::lower_bound(itwin.groups, row.text(1), {}, &Document::Group::id);
  if (group == itwin.groups.end() || group->id != row.text(1)) return false;
  group->members.emplace_back(row.text(2));
  return true;
}

Result<void> read_itwin_groups(Connection& connection, Document& document) {
  auto result = for_each_row_of(2, connection, Sql::list_itwin_groups, document.itwins,
                                [](Document::Itwin& itwin, const Statement& row) {
                                  itwin.groups.push_back({std::string(row.text(1)), {}});
                                  return true;
                                });
  if (!result) return result;
  return for_each_row_of(3, connection, Sql::list_group_members, document.itwins, add_group_member);
}

/// Members are read as all users, then all groups, each in the order of their names, so that a role finds its member.
template <std::string Document::Member::* name>
bool add_member(Document::Itwin& itwin, const Statement& row) {
  itwin.members.emplace_back().*name = row.text(1);
  return true;
}

template <std::string Document::Member::* name>
bool add_member_role(Document::Itwin& itwin, const Statement& row) {
  constexpr bool is_user = name == &Document::Member::user;
  const auto groups =
      std::ranges::partition_point(itwin.members, [](const auto& member) { return !member.user.empty(); });
  const auto first = is_user ? itwin.members.begin() : groups;
  const auto last = is_user ? groups : itwin.members.end();
  const auto member = std::ranges::lower_bound(first, last, row.text(1), {}, name);
  if (member == last || (*member).*name != row.text(1)) return false;
  member->roles.emplace_back(row.text(2));
  return true;
}

Result<void> read_members(Connection& connection, Document& document) {
  auto& itwins = document.itwins;
  auto result = for_each_row_of(2, connection, Sql::list_user_members, itwins, add_member<&Document::Member::user>);
  if (!result) return result;
  result = for_each_row_of(3, connection, Sql::list_user_roles, itwins, add_member_role<&Document::Member::user>);
  if (!result) return result;
  result = for_each_row_of(2, connection, Sql::list_groups_as_members, itwins, add_member<&Document::Member::group>);
  if (!result) return result;
  return for_each_row_of(3, connection, Sql::list_group_roles, itwins, add_member_role<&Document::Member::group>);
}

Result<void> read_itwins(Connection& connection, Document& document) {
  auto result = for_each_row_by(1, connection, Sql::list_itwins, [&](const Statement& row) {
    auto& itwin = document.itwins.emplace_back();
    return row.copy(0, itwin.id) && row.copy(1, itwin.organization_id);
  });
  if (!result) return result;
  result = for_each_row_of(2, connection, Sql::list_itwin_owners, document.itwins,
                           [](Document::Itwin& itwin, const Statement& row) {
                             itwin.owners.emplace_back(row.text(1));
                             return true;
                           });
  if (!result) return result;
  result = for_each_row_of(2, connection, Sql::list_itwin_roles, document.itwins,
                           [](Document::Itwin& itwin, const Statement& row) { return add_role(itwin.roles, row); });
  if (!result) return result;
  if (result = read_itwin_groups(connection, document); !result) return result;
  return read_members(connection, document);
}

Result<void> read_imodels(Connection& connection, Document& document) {
  auto result = for_each_row_by(1, connection, Sql::list_configured_imodels, [&](const Statement& row) {
    auto& imodel = document.imodels.emplace_back();
    const std::int64_t mode = row.integer(2);
    imodel.mode = static_cast<ImodelMode>(mode);
    return row.copy(0, imodel.id) && row.copy(1, imodel.itwin_id) && mode >= 0 && mode <= 2;
  });
  if (!result) return result;
  return for_each_row_of(2, connection, Sql::list_imodel_grants, document.imodels,
                         [](Document::Imodel& imodel, const Statement& row) {
                           imodel.granted.push_back({std::string(row.text(1)), permissions(row, 2)});
                           return true;
                         });
}

Result<void> read_tiers(Connection& connection, Document& document) {
  std::vector<std::int64_t> positions;
  auto result = for_each_row(connection, Sql::list_tiers, [&](const Statement& row) {
    if (!positions.empty() && row.integer(0) <= positions.back()) return false;
    positions.push_back(row.integer(0));
    document.tiers.push_back({std::string(row.text(1)), {}});
    return true;
  });
  if (!result) return result;
  std::pair<std::int64_t, std::int64_t> last{-1, -1};
  result = for_each_row(connection, Sql::list_tier_windows, [&](const Statement& row) {
    if (std::exchange(last, {row.integer(0), row.integer(3)}) >= std::pair(row.integer(0), row.integer(3)))
      return false;
    const auto place = std::ranges::lower_bound(positions, row.integer(0));
    if (place == positions.end() || *place != row.integer(0)) return false;
    const RateWindow window{static_cast<std::uint32_t>(row.integer(1)), static_cast<std::uint32_t>(row.integer(2))};
    document.tiers[static_cast<std::size_t>(place - positions.begin())].windows.push_back(window);
    return true;
  });
  if (!result) return result;
  return for_each_row_by(1, connection, Sql::list_clients, [&](const Statement& row) {
    document.clients.push_back({std::string(row.text(0)), std::string(row.text(1))});
    return true;
  });
}

/// The iModels of a document, which are in order, with those between them on which nothing is configured.
class WholeList {
 public:
  explicit WholeList(std::vector<Document::Imodel>& configured) : configured_(configured) {}

  /// Takes the next row of the table. Result: whether it comes behind the one before.
  [[nodiscard]] bool take(const SealedRow& sealed, std::vector<Guid>& left_out) {
    const ImodelRow& row = sealed.row;
    if (!sealed.has_id) {
      left_out.push_back(row.imodel_id);
      return true;
    }
    if (last_ && row.imodel_id <= *last_) return false;
    last_ = row.imodel_id;
    take_configured(row.imodel_id);
    if (!all_.empty() && all_.back().id == row.imodel_id) return true;
    if (sealed.sound) {
      all_.push_back({row.imodel_id, row.itwin_id, ImodelMode::none, {}});
    } else {
      left_out.push_back(row.imodel_id);
    }
    return true;
  }

  /// All of them, in order. Once, after the last row.
  [[nodiscard]] std::vector<Document::Imodel> finish() {
    while (next_ < configured_.size()) all_.push_back(std::move(configured_[next_++]));
    return std::move(all_);
  }

 private:
  void take_configured(const Guid& up_to) {
    while (next_ < configured_.size() && configured_[next_].id <= up_to) {
      all_.push_back(std::move(configured_[next_++]));
    }
  }

  std::vector<Document::Imodel>& configured_;
  std::size_t next_ = 0;
  std::vector<Document::Imodel> all_;
  std::optional<Guid> last_;
};

}  // namespace

Result<AccessDocument> read_access(Connection& connection) {
  AccessDocument document;
  auto result = read_organizations(connection, document);
  if (result) result = read_itwins(connection, document);
  if (result) result = read_imodels(connection, document);
  if (result) result = read_tiers(connection, document);
  if (!result) return std::unexpected(std::move(result.error()));
  return document;
}

Result<AccessDocument> read_whole_access(Connection& connection, std::vector<Guid>& left_out) {
  auto document = read_access(connection);
  if (!document) return document;
  WholeList whole(document->imodels);
  std::optional<Guid> after;
  while (true) {
    const auto rows = next_imodel_rows(connection, after, rows_at_once);
    if (!rows) return std::unexpected(rows.error());
    for (const SealedRow& sealed : *rows) {
      if (!whole.take(sealed, left_out)) return std::unexpected(damaged());
    }
    if (rows->size() < static_cast<std::size_t>(rows_at_once)) break;
    after = rows->back().row.imodel_id;
  }
  std::ranges::sort(left_out);
  left_out.erase(std::ranges::unique(left_out).begin(), left_out.end());
  document->imodels = whole.finish();
  return document;
}

}  // namespace locket::store
