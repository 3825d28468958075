#include "policy/access_facts.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "policy/access_directory.hpp"
#include "policy/tiers.hpp"

namespace locket::policy {
namespace {

template <class Entries, class HashOf>
HashIndex index_all(const Entries& entries, const HashOf& hash_of_entry) {
  HashIndex index(entries.size());
  for (std::uint32_t i = 0; i < entries.size(); ++i) index.add(hash_of_entry(entries[i]), i);
  return index;
}

// Roles as bits, and what they permit together.
struct RoleSet {
  std::vector<std::uint64_t> words;
  PermissionSet permissions;
};

class FactsBuilder {
 public:
  FactsBuilder(const AccessDocument& document, const AccessDirectory& directory)
      : document_(document), directory_(directory) {}

  AccessFacts build() {
    for (std::uint32_t i = 0; i < document_.organizations.size(); ++i) add_organization(i);
    facts_.itwins.reserve(document_.itwins.size());
    for (std::uint32_t i = 0; i < document_.itwins.size(); ++i) add_itwin(i);
    for (const AccessDocument::Imodel& imodel : document_.imodels) {
      if (imodel.mode != ImodelMode::none) add_imodel(imodel);
    }
    add_clients();
    facts_.users = NameTable(user_names_);
    facts_.itwin_index = index_all(facts_.itwins, [](const auto& itwin) { return hash_of(itwin.id); });
    facts_.imodel_index = index_all(facts_.imodels, [](const auto& imodel) { return hash_of(imodel.id); });
    facts_.membership_index = index_all(facts_.memberships, [](const auto& member) { return hash_of(key_of(member)); });
    facts_.administrator_index =
        index_all(facts_.administrators, [](const auto& administrator) { return hash_of(key_of(administrator)); });
    facts_.memberships.shrink_to_fit();
    facts_.imodels.shrink_to_fit();
    facts_.granted.shrink_to_fit();
    return std::move(facts_);
  }

 private:
  using Members = std::unordered_map<std::uint32_t, std::uint32_t>;

  std::uint32_t user(std::string_view name) {
    const auto [found, added] = users_.try_emplace(name, static_cast<std::uint32_t>(user_names_.size()));
    if (added) user_names_.push_back(name);
    return found->second;
  }

  void add_organization(std::uint32_t at) {
    for (const std::string& name : document_.organizations[at].administrators) {
      facts_.administrators.push_back({.user = user(name), .organization = at});
    }
  }

  void add_itwin(std::uint32_t at) {
    const AccessDocument::Itwin& itwin = document_.itwins[at];
    const std::size_t roles = directory_.role_count(at);
    facts_.itwins.push_back(
        {.id = itwin.id, .organization = directory_.organization_of(at), .wide = roles > roles_of_a_word});
    members_ = Members();  // clearing it would cost as much as the largest iTwin so far
    for (const std::string& name : itwin.owners) membership(at, name).owner = true;
    for (const AccessDocument::Member& member : itwin.members) {
      const RoleSet set = role_set(at, member.roles);
      if (member.group.empty()) {
        add_roles(at, member.user, set);
        continue;
      }
      const auto group = directory_.group(at, member.group);
      for (const std::string& name : itwin.groups[group.value()].members) add_roles(at, name, set);
    }
  }

  RoleSet role_set(std::uint32_t itwin, const std::vector<std::string>& names) const {
    RoleSet set;
    set.words.resize(words_of(itwin));
    for (const std::string& name : names) {
      const std::uint32_t role = directory_.role(itwin, name).value();
      set.words[role / roles_of_a_word] |= std::uint64_t{1} << role % roles_of_a_word;
      set.permissions.add(directory_.role_permissions(itwin, role));
    }
    return set;
  }

  // The words of an iTwin's role set, at least one.
  std::size_t words_of(std::uint32_t itwin) const { return directory_.role_count(itwin) / roles_of_a_word + 1; }

  AccessFacts::Membership& membership(std::uint32_t itwin, std::string_view name) {
    const std::uint32_t number = user(name);
    const auto [found, added] = members_.try_emplace(number, static_cast<std::uint32_t>(facts_.memberships.size()));
    if (added) {
      AccessFacts::Membership& fresh = facts_.memberships.emplace_back();
      fresh.user = number;
      fresh.itwin = itwin;
      if (facts_.itwins[itwin].wide) {
        fresh.roles = facts_.wide_roles.size();
        facts_.wide_roles.resize(facts_.wide_roles.size() + words_of(itwin));
      }
    }
    return facts_.memberships[found->second];
  }

  void add_roles(std::uint32_t itwin, std::string_view name, const RoleSet& set) {
    AccessFacts::Membership& member = membership(itwin, name);
    member.permissions.add(set.permissions);
    if (!facts_.itwins[itwin].wide) {
      member.roles |= set.words[0];
      return;
    }
    for (std::size_t i = 0; i < set.words.size(); ++i) facts_.wide_roles[member.roles + i] |= set.words[i];
  }

  void add_imodel(const AccessDocument::Imodel& imodel) {
    const std::uint32_t itwin = directory_.itwin(imodel.itwin_id).value();
    const auto first = static_cast<std::uint32_t>(facts_.granted.size());
    for (const AccessDocument::Granted& granted : imodel.granted) {
      const std::uint32_t to =
          imodel.mode == ImodelMode::users ? user(granted.to) : directory_.role(itwin, granted.to).value();
      facts_.granted.push_back({.to = to, .permissions = granted.permissions});
    }
    std::sort(facts_.granted.begin() + first, facts_.granted.end(),
              [](const auto& left, const auto& right) { return left.to < right.to; });
    facts_.imodels.push_back({.id = imodel.id,
                              .itwin = itwin,
                              .granted_at = first,
                              .granted_count = static_cast<std::uint32_t>(imodel.granted.size()),
                              .mode = imodel.mode});
  }

  void add_clients() {
    facts_.tiers = document_.tiers.empty() ? built_in_tiers() : document_.tiers;
    std::unordered_map<std::string_view, std::uint32_t> tiers;
    for (const Tier& tier : facts_.tiers) tiers.try_emplace(tier.name, static_cast<std::uint32_t>(tiers.size()));
    std::vector<std::string_view> names;
    for (const AccessDocument::Client& client : document_.clients) {
      names.push_back(client.id);
      facts_.client_tiers.push_back(tiers.at(client.tier));
    }
    facts_.clients = NameTable(names);
  }

  const AccessDocument& document_;
  const AccessDirectory& directory_;
  AccessFacts facts_;
  std::unordered_map<std::string_view, std::uint32_t> users_;
  std::vector<std::string_view> user_names_;
  Members members_;  // of the iTwin at hand: the user's membership
};

}  // namespace

Result<AccessFacts> index_access(const AccessDocument& document, const Limits& limits) {
  const Result<AccessDirectory> directory = AccessDirectory::make(document, limits);
  if (!directory) return std::unexpected(directory.error());
  return FactsBuilder(document, *directory).build();
}

}  // namespace locket::policy
