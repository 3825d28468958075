#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "locket/access.hpp"

namespace locket {
namespace {

constexpr std::array permissions{Permission::webview, Permission::read, Permission::write, Permission::manage,
                                 Permission::remove};

constexpr std::array<std::string_view, 3> configurations{"nothing", "roles", "users"};

// One cell of the matrix, in the order of the table's columns.
struct Cell {
  bool imodel_known = false;
  bool itwin_known = false;
  bool administrator = false;
  bool owner = false;
  std::size_t configured = 0;  // index into `configurations`
  bool p_on_itwin = false;
  bool webview_on_itwin = false;
  bool p_on_imodel = false;

  static constexpr std::size_t count = 128 * configurations.size();

  std::size_t number() const {
    std::size_t number = configured;
    for (const bool fact :
         {imodel_known, itwin_known, administrator, owner, p_on_itwin, webview_on_itwin, p_on_imodel}) {
      number = number * 2 + (fact ? 1 : 0);
    }
    return number;
  }

  static Cell of_number(std::size_t number) {
    Cell cell;
    for (bool* fact : {&cell.p_on_imodel, &cell.webview_on_itwin, &cell.p_on_itwin, &cell.owner, &cell.administrator,
                       &cell.itwin_known, &cell.imodel_known}) {
      *fact = number % 2 != 0;
      number /= 2;
    }
    cell.configured = number;
    return cell;
  }
};

std::string_view yes(bool value) { return value ? "yes" : "no"; }

struct Line {
  std::array<std::string, 8> pattern;
  std::string answer;
  std::string rule;
  std::string level;

  bool matches(const Cell& cell) const {
    const std::array<std::string_view, 8> words{
        yes(cell.imodel_known),          yes(cell.itwin_known), yes(cell.administrator),    yes(cell.owner),
        configurations[cell.configured], yes(cell.p_on_itwin),  yes(cell.webview_on_itwin), yes(cell.p_on_imodel)};
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (pattern[i] != "-" && pattern[i] != words[i]) return false;
    }
    return true;
  }
};

class PermissionMatrix : public testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(std::string(std::getenv("LOCKET_TEST_DATA")) + "/policy/who_may_do_what.tsv");
    ASSERT_TRUE(file);
    std::vector<Line> lines;
    for (std::string text; std::getline(file, text);) {
      if (text.starts_with('#')) continue;
      std::istringstream fields(text);
      Line& line = lines.emplace_back();
      for (std::string& field : line.pattern) fields >> field;
      fields >> line.answer >> line.rule >> line.level;
      ASSERT_TRUE(fields) << text;
    }
    for (std::size_t number = 0; number < Cell::count; ++number) {
      const Cell cell = Cell::of_number(number);
      const auto matches = [&](const Line& line) { return line.matches(cell); };
      ASSERT_EQ(std::ranges::count_if(lines, matches), 1) << "cell " << number;
      table_.push_back(*std::ranges::find_if(lines, matches));
    }
  }

  const Line& line_for(const Cell& cell) const { return table_[cell.number()]; }

 private:
  std::vector<Line> table_;  // by the number of the cell
};

std::string_view level_word(Level level) {
  switch (level) {
    case Level::none: return "none";
    case Level::organization: return "organization";
    case Level::itwin: return "itwin";
    case Level::imodel: return "imodel";
  }
  return "?";
}

Guid numbered(std::uint8_t kind, std::uint8_t number) {
  Guid guid;
  guid.bytes[0] = kind;
  guid.bytes[15] = number;
  return guid;
}

const Guid owning_organization = numbered(1, 1);
const Guid other_organization = numbered(1, 2);
const Guid the_itwin = numbered(2, 1);
const Guid other_itwin = numbered(2, 2);
const Guid unlisted_itwin = numbered(2, 3);

// How a user came to the permissions on the iTwin.
enum class Way { not_at_all, direct, group, account_role, two_roles };
constexpr std::array ways{Way::not_at_all, Way::direct, Way::group, Way::account_role, Way::two_roles};

// What is so of one user, apart from the permissions on the iTwin, which all users of a document share.
struct User {
  std::string name;
  int administers;  // 0: nothing, 1: the owning organization, 2: the other one
  int owns;         // 0: nothing, 1: the iTwin, 2: the other one
  Way way;
  bool has_granted_roles;  // the roles to which the iModels grant something
};

std::vector<User> all_users() {
  std::vector<User> users;
  for (int administers = 0; administers < 3; ++administers) {
    for (int owns = 0; owns < 3; ++owns) {
      for (const Way way : ways) {
        for (const bool has_granted_roles : {false, true}) {
          users.push_back({"user-" + std::to_string(users.size()), administers, owns, way, has_granted_roles});
        }
      }
    }
  }
  return users;
}

struct Imodel {
  AccessDocument::Imodel entry;
  std::size_t configured;  // index into `configurations`
  PermissionSet granted;   // to those whom the iModel means
};

// One iModel without configuration, and for every set one that grants it: split over two roles, or to every user.
std::vector<Imodel> all_imodels(const std::vector<User>& users) {
  std::vector<Imodel> imodels{{{numbered(3, 0), the_itwin, ImodelMode::none, {}}, 0, {}}};
  for (std::uint32_t bits = 0; bits < 16; ++bits) {
    const PermissionSet set = PermissionSet::from_bits(bits);
    const PermissionSet everything = PermissionSet::from_bits(15);
    AccessDocument::Imodel by_roles{numbered(4, static_cast<std::uint8_t>(bits)), the_itwin, ImodelMode::roles, {}};
    by_roles.granted = {{"nobody's", everything},
                        {"granted-odd", PermissionSet::from_bits(bits & 5U)},
                        {"granted-even", PermissionSet::from_bits(bits & 10U)}};
    imodels.push_back({by_roles, 1, set});
    AccessDocument::Imodel by_users{numbered(5, static_cast<std::uint8_t>(bits)), the_itwin, ImodelMode::users, {}};
    by_users.granted.push_back({"somebody else", everything});
    for (const User& user : users) by_users.granted.push_back({user.name, set});
    imodels.push_back({by_users, 2, set});
  }
  imodels.push_back({{numbered(6, 0), the_itwin, ImodelMode::users, {}}, 2, {}});
  imodels.push_back({{numbered(6, 1), the_itwin, ImodelMode::roles, {}}, 1, {}});
  return imodels;
}

void add_member(AccessDocument::Itwin& itwin, const User& user) {
  std::vector<std::string> roles;
  if (user.way == Way::direct) roles = {"own"};
  if (user.way == Way::account_role) roles = {"account"};
  if (user.way == Way::two_roles) roles = {"odd", "even"};
  if (user.has_granted_roles) roles.insert(roles.end(), {"granted-odd", "granted-even"});
  if (user.way == Way::group) {
    itwin.groups.push_back({"group of " + user.name, {user.name}});
    itwin.members.push_back({"", itwin.groups.back().id, {"own"}});
  }
  if (!roles.empty()) itwin.members.push_back({user.name, "", roles});
}

// A document in which every user who has a way to permissions on the iTwin has `on_itwin` there, and everybody has
// everything on another iTwin, by roles of the same names. `idle_roles` stand before all others.
AccessDocument document_of(PermissionSet on_itwin, std::size_t idle_roles, const std::vector<User>& users,
                           const std::vector<Imodel>& imodels) {
  const PermissionSet everything = PermissionSet::from_bits(31);
  AccessDocument document;
  document.organizations = {{owning_organization, {}, {{"account", on_itwin}}},
                            {other_organization, {}, {{"account", everything}}}};
  AccessDocument::Itwin itwin{the_itwin, owning_organization, {}, {}, {}, {}};
  for (std::size_t i = 0; i < idle_roles; ++i) itwin.roles.push_back({"idle-" + std::to_string(i), everything});
  itwin.roles.insert(itwin.roles.end(), {{"nobody's", everything},
                                         {"granted-odd", {}},
                                         {"granted-even", {}},
                                         {"own", on_itwin},
                                         {"odd", PermissionSet::from_bits(on_itwin.bits() & 21U)},
                                         {"even", PermissionSet::from_bits(on_itwin.bits() & 10U)}});
  AccessDocument::Itwin other{other_itwin, other_organization, {}, {}, {}, {}};
  other.roles = {{"own", everything}, {"nobody's", everything}};
  for (const User& user : users) {
    if (user.administers > 0) {
      document.organizations[static_cast<std::size_t>(user.administers - 1)].administrators.push_back(user.name);
    }
    if (user.owns == 1) itwin.owners.push_back(user.name);
    if (user.owns == 2) other.owners.push_back(user.name);
    add_member(itwin, user);
    other.members.push_back({user.name, "", {"own", "nobody's", "account"}});
  }
  document.itwins = {itwin, other};
  for (const Imodel& imodel : imodels) document.imodels.push_back(imodel.entry);
  return document;
}

Cell cell_of(const User& user, const Imodel& imodel, PermissionSet on_itwin, Permission permission,
             const std::optional<ImodelFacts>& facts) {
  const PermissionSet has_on_itwin = user.way == Way::not_at_all ? PermissionSet() : on_itwin;
  const bool is_meant = configurations[imodel.configured] == "users" || user.has_granted_roles;
  return {.imodel_known = facts.has_value(),
          .itwin_known = facts && facts->itwin_id == the_itwin,
          .administrator = user.administers == 1,
          .owner = user.owns == 1,
          .configured = imodel.configured,
          .p_on_itwin = has_on_itwin.has(permission),
          .webview_on_itwin = has_on_itwin.bits() % 16 != 0,
          .p_on_imodel = is_meant && imodel.granted.has(permission)};
}

TEST_F(PermissionMatrix, EveryCellIsAnsweredAsTheTableSays) {
  const std::vector<User> users = all_users();
  const std::vector<Imodel> imodels = all_imodels(users);
  std::size_t asked = 0;
  for (std::uint32_t bits = 0; bits < 32; ++bits) {
    const PermissionSet on_itwin = PermissionSet::from_bits(bits);
    // With the seven roles in use: as many as fit into one word of bits, one more, and three words.
    for (const std::size_t idle_roles : {57U, 58U, 130U}) {
      const auto snapshot = AccessSnapshot::build(document_of(on_itwin, idle_roles, users, imodels), asked).value();
      for (const User& user : users) {
        for (const Imodel& imodel : imodels) {
          const ImodelFacts facts{imodel.entry.id, the_itwin};
          for (const Permission permission : permissions) {
            const Decision decision = snapshot->decide({user.name, permission, facts});
            const Line& line = line_for(cell_of(user, imodel, on_itwin, permission, facts));
            ASSERT_TRUE(decision.allowed == (line.answer == "allow") && rule_name(decision.rule) == line.rule &&
                        level_word(decision.level) == line.level && decision.revision == snapshot->revision())
                << user.name << ' ' << to_string(imodel.entry.id) << ' ' << permission_name(permission) << " on "
                << bits << ": " << explain({user.name, permission, facts}, decision) << ", not " << line.rule;
            ++asked;
          }
        }
      }
    }
  }
  EXPECT_EQ(asked, 32U * 3 * users.size() * imodels.size() * permissions.size());
}

TEST_F(PermissionMatrix, WhatIsUnknownIsDeniedToEverybody) {
  const std::vector<User> users = all_users();
  const std::vector<Imodel> imodels = all_imodels(users);
  const PermissionSet everything = PermissionSet::from_bits(31);
  const auto snapshot = AccessSnapshot::build(document_of(everything, 0, users, imodels), 7).value();
  const ImodelFacts of_unlisted_itwin{numbered(9, 9), unlisted_itwin};
  for (const User& user : users) {
    for (const Permission permission : permissions) {
      for (const auto& facts : {std::optional<ImodelFacts>(), std::optional(of_unlisted_itwin)}) {
        const Decision decision = snapshot->decide({user.name, permission, facts});
        const Line& line = line_for(cell_of(user, imodels[0], everything, permission, facts));
        EXPECT_EQ(line.answer, "deny");
        EXPECT_FALSE(decision.allowed);
        EXPECT_EQ(rule_name(decision.rule), line.rule);
        EXPECT_EQ(level_word(decision.level), line.level);
        EXPECT_EQ(decision.revision, 7U);
      }
    }
  }
}

}  // namespace
}  // namespace locket
