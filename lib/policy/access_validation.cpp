#include <utility>

#include "base/utf8.hpp"
#include "policy/access_directory.hpp"
#include "policy/document_place.hpp"
#include "policy/tiers.hpp"

namespace locket::policy {
namespace {

using Names = std::vector<std::string>;

std::size_t count_entries(const AccessDocument& document) {
  std::size_t count = document.organizations.size() + document.itwins.size() + document.imodels.size() +
                      document.tiers.size() + document.clients.size();
  for (const auto& organization : document.organizations) {
    count += organization.administrators.size() + organization.roles.size();
  }
  for (const auto& itwin : document.itwins) {
    count += itwin.owners.size() + itwin.roles.size() + itwin.groups.size() + itwin.members.size();
    for (const auto& group : itwin.groups) count += group.members.size();
    for (const auto& member : itwin.members) count += member.roles.size();
  }
  for (const auto& imodel : document.imodels) count += imodel.granted.size();
  for (const auto& tier : document.tiers) count += tier.windows.size();
  return count;
}

// Indexes entries by a key, which must not stand twice. `key_place` names the key of the entry at a place.
template <class Entries, class KeyOf, class KeyPlace>
Result<HashIndex> index_by(const Entries& entries, const KeyOf& key_of, const KeyPlace& key_place) {
  HashIndex index(entries.size());
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    const std::uint64_t hash = hash_of(key_of(entries[i]));
    if (index.find(hash, [&](std::uint32_t at) { return key_of(entries[at]) == key_of(entries[i]); })) {
      return key_place(i, "stands twice");
    }
    index.add(hash, i);
  }
  return index;
}

template <class Entry>
std::string_view id_of(const Entry& entry) {
  return entry.id;
}

}  // namespace

// Walks a document once, from its first entry to its last, and fills the directory on the way.
class DirectoryProof {
 public:
  DirectoryProof(const AccessDocument& document, const Limits& limits)
      : document_(document), limits_(limits), directory_(document) {}

  Result<AccessDirectory> prove() {
    const DocumentPlace root;
    if (count_entries(document_) > limits_.access_entries_max) return root.fault("has too many entries");
    if (Result<void> done = organizations(root.member("organizations")); !done) return std::unexpected(done.error());
    if (Result<void> done = itwins(root.member("itwins")); !done) return std::unexpected(done.error());
    if (Result<void> done = imodels(root.member("imodels")); !done) return std::unexpected(done.error());
    if (Result<void> done = tiers(root.member("tiers")); !done) return std::unexpected(done.error());
    if (Result<void> done = clients(root.member("clients")); !done) return std::unexpected(done.error());
    return std::move(directory_);
  }

 private:
  Result<void> name(std::string_view text, const DocumentPlace& place) const {
    if (text.empty()) return place.fault("must not be empty");
    if (text.size() > limits_.identifier_bytes_max) return place.fault("is too long for a name");
    if (!is_utf8(text)) return place.fault("is not UTF-8");
    return {};
  }

  // A list of names of which none stands twice.
  Result<void> names(const Names& list, const DocumentPlace& place) const {
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (Result<void> done = name(list[i], place.element(i)); !done) return done;
    }
    const auto index = index_by(
        list, [](const std::string& text) { return std::string_view(text); },
        [&](std::size_t i, std::string_view what) { return place.element(i).fault(what); });
    if (!index) return std::unexpected(index.error());
    return {};
  }

  // Entries that each have a name as their `id`.
  template <class Entries>
  Result<HashIndex> named(const Entries& entries, const DocumentPlace& place) const {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const DocumentPlace entry = place.element(i);
      if (Result<void> done = name(entries[i].id, entry.member("id")); !done) return std::unexpected(done.error());
    }
    return index_by(entries, id_of<typename Entries::value_type>, [&](std::size_t i, std::string_view what) {
      const DocumentPlace entry = place.element(i);
      return entry.member("id").fault(what);
    });
  }

  template <class Entries>
  Result<HashIndex> identified(const Entries& entries, const DocumentPlace& place) const {
    return index_by(
        entries, [](const auto& entry) { return entry.id; },
        [&](std::size_t i, std::string_view what) {
          const DocumentPlace entry = place.element(i);
          return entry.member("id").fault(what);
        });
  }

  Result<void> organizations(const DocumentPlace& place) {
    Result<HashIndex> index = identified(document_.organizations, place);
    if (!index) return std::unexpected(index.error());
    directory_.organizations_ = std::move(*index);
    for (std::size_t i = 0; i < document_.organizations.size(); ++i) {
      const AccessDocument::Organization& organization = document_.organizations[i];
      const DocumentPlace here = place.element(i);
      if (Result<void> done = names(organization.administrators, here.member("administrators")); !done) return done;
      Result<HashIndex> roles = named(organization.roles, here.member("roles"));
      if (!roles) return std::unexpected(roles.error());
      directory_.organization_roles_.push_back(std::move(*roles));
    }
    return {};
  }

  Result<void> itwins(const DocumentPlace& place) {
    Result<HashIndex> index = identified(document_.itwins, place);
    if (!index) return std::unexpected(index.error());
    directory_.itwins_ = std::move(*index);
    for (std::uint32_t i = 0; i < document_.itwins.size(); ++i) {
      const DocumentPlace here = place.element(i);
      if (Result<void> done = itwin_names(i, here); !done) return done;
      if (Result<void> done = members(i, here.member("members")); !done) return done;
    }
    return {};
  }

  Result<void> itwin_names(std::uint32_t at, const DocumentPlace& place) {
    const AccessDocument::Itwin& itwin = document_.itwins[at];
    const auto organization = directory_.organization(itwin.organization_id);
    if (!organization) return place.member("organization_id").fault("no such organization");
    directory_.itwin_organizations_.push_back(*organization);
    if (Result<void> done = names(itwin.owners, place.member("owners")); !done) return done;
    if (Result<void> done = roles(itwin, *organization, place.member("roles")); !done) return done;
    const DocumentPlace groups = place.member("groups");
    Result<HashIndex> index = named(itwin.groups, groups);
    if (!index) return std::unexpected(index.error());
    directory_.itwin_groups_.push_back(std::move(*index));
    for (std::size_t i = 0; i < itwin.groups.size(); ++i) {
      const DocumentPlace group = groups.element(i);
      if (Result<void> done = names(itwin.groups[i].members, group.member("members")); !done) return done;
    }
    return {};
  }

  Result<void> roles(const AccessDocument::Itwin& itwin, std::uint32_t organization, const DocumentPlace& place) {
    const auto& account = document_.organizations[organization].roles;
    if (itwin.roles.size() + account.size() > limits_.itwin_roles_max) return place.fault("too many roles");
    Result<HashIndex> index = named(itwin.roles, place);
    if (!index) return std::unexpected(index.error());
    directory_.itwin_roles_.push_back(std::move(*index));
    for (std::size_t i = 0; i < itwin.roles.size(); ++i) {
      const std::string_view id = itwin.roles[i].id;
      if (directory_.organization_roles_[organization].find(
              hash_of(id), [&](std::uint32_t role) { return account[role].id == id; })) {
        const DocumentPlace here = place.element(i);
        return here.member("id").fault("is a role of the organization already");
      }
    }
    return {};
  }

  static const std::string& name_of(const AccessDocument::Member& member) {
    return member.user.empty() ? member.group : member.user;
  }

  Result<void> members(std::uint32_t itwin, const DocumentPlace& place) {
    const auto& list = document_.itwins[itwin].members;
    HashIndex users(list.size());
    HashIndex groups(list.size());
    for (std::uint32_t i = 0; i < list.size(); ++i) {
      const AccessDocument::Member& member = list[i];
      const DocumentPlace here = place.element(i);
      if (member.user.empty() == member.group.empty()) return here.fault("must be either a user or a group");
      if (Result<void> done = member_name(itwin, member, here); !done) return done;
      HashIndex& known = member.user.empty() ? groups : users;
      const std::string& own = name_of(member);
      const auto same = [&](std::uint32_t at) { return name_of(list[at]) == own; };
      if (known.find(hash_of(own), same)) return here.fault("stands twice");
      known.add(hash_of(own), i);
      if (Result<void> done = member_roles(itwin, member.roles, here.member("roles")); !done) return done;
    }
    return {};
  }

  Result<void> member_name(std::uint32_t itwin, const AccessDocument::Member& member,
                           const DocumentPlace& place) const {
    if (member.group.empty()) return name(member.user, place.member("user"));
    if (!directory_.group(itwin, member.group)) return place.member("group").fault("no such group");
    return {};
  }

  Result<void> member_roles(std::uint32_t itwin, const Names& roles, const DocumentPlace& place) const {
    for (std::size_t i = 0; i < roles.size(); ++i) {
      if (!directory_.role(itwin, roles[i])) return place.element(i).fault("no such role");
    }
    return names(roles, place);
  }

  Result<void> imodels(const DocumentPlace& place) const {
    const Result<HashIndex> index = identified(document_.imodels, place);
    if (!index) return std::unexpected(index.error());
    for (std::size_t i = 0; i < document_.imodels.size(); ++i) {
      const AccessDocument::Imodel& imodel = document_.imodels[i];
      const DocumentPlace here = place.element(i);
      const auto itwin = directory_.itwin(imodel.itwin_id);
      if (!itwin) return here.member("itwin_id").fault("no such iTwin");
      if (Result<void> done = grants(imodel, *itwin, here); !done) return done;
    }
    return {};
  }

  Result<void> grants(const AccessDocument::Imodel& imodel, std::uint32_t itwin, const DocumentPlace& place) const {
    const bool to_roles = imodel.mode == ImodelMode::roles;
    if (!to_roles && imodel.mode != ImodelMode::users) {
      if (imodel.mode != ImodelMode::none) return place.fault("no such mode");
      if (!imodel.granted.empty()) return place.fault("grants something without a mode");
      return {};
    }
    const DocumentPlace list = place.member(to_roles ? "role_permissions" : "user_permissions");
    for (const AccessDocument::Granted& granted : imodel.granted) {
      const DocumentPlace here = list.named(granted.to);
      if (Result<void> done = name(granted.to, here); !done) return done;
      if (to_roles && !directory_.role(itwin, granted.to)) return here.fault("no such role");
      if (granted.permissions.has(Permission::remove)) return here.fault("an iModel grants no imodels_delete");
    }
    const auto index = index_by(
        imodel.granted, [](const AccessDocument::Granted& granted) { return std::string_view(granted.to); },
        [&](std::size_t i, std::string_view what) { return list.named(imodel.granted[i].to).fault(what); });
    if (!index) return std::unexpected(index.error());
    return {};
  }

  Result<void> tiers(const DocumentPlace& place) {
    for (std::size_t i = 0; i < document_.tiers.size(); ++i) {
      const DocumentPlace here = place.element(i);
      if (Result<void> done = name(document_.tiers[i].name, here.member("name")); !done) return done;
      if (Result<void> done = windows(document_.tiers[i].windows, here.member("limits")); !done) return done;
    }
    Result<HashIndex> index = index_by(
        tiers_in_force(), [](const Tier& tier) { return std::string_view(tier.name); },
        [&](std::size_t i, std::string_view what) {
          const DocumentPlace here = place.element(i);
          return here.member("name").fault(what);
        });
    if (!index) return std::unexpected(index.error());
    tiers_ = std::move(*index);
    return {};
  }

  Result<void> windows(const std::vector<RateWindow>& list, const DocumentPlace& place) const {
    if (list.size() > limits_.rate_windows_max) return place.fault("too many limits");
    for (std::size_t i = 0; i < list.size(); ++i) {
      const DocumentPlace here = place.element(i);
      if (list[i].calls < 1 || list[i].calls > limits_.rate_calls_max) {
        return here.member("calls").fault("is out of range");
      }
      if (list[i].seconds < 1 || list[i].seconds > limits_.rate_window_s_max) {
        return here.member("seconds").fault("is out of range");
      }
      for (std::size_t before = 0; before < i; ++before) {
        if (list[before].seconds == list[i].seconds) return here.member("seconds").fault("stands twice");
      }
    }
    return {};
  }

  Result<void> clients(const DocumentPlace& place) const {
    const Result<HashIndex> index = named(document_.clients, place);
    if (!index) return std::unexpected(index.error());
    for (std::size_t i = 0; i < document_.clients.size(); ++i) {
      if (!has_tier(document_.clients[i].tier)) {
        const DocumentPlace here = place.element(i);
        return here.member("tier").fault("no such tier");
      }
    }
    return {};
  }

  bool has_tier(std::string_view name) const {
    return tiers_.find(hash_of(name), [&](std::uint32_t at) { return tiers_in_force()[at].name == name; }).has_value();
  }

  const std::vector<Tier>& tiers_in_force() const { return document_.tiers.empty() ? built_in_ : document_.tiers; }

  const AccessDocument& document_;
  const Limits& limits_;
  AccessDirectory directory_;
  std::vector<Tier> built_in_ = built_in_tiers();
  HashIndex tiers_;
};

Result<AccessDirectory> AccessDirectory::make(const AccessDocument& document, const Limits& limits) {
  return DirectoryProof(document, limits).prove();
}

}  // namespace locket::policy

namespace locket {

Result<void> check_access_document(const AccessDocument& document, const Limits& limits) try {
  const auto proven = policy::AccessDirectory::make(document, limits);
  if (!proven) return std::unexpected(proven.error());
  return {};
} catch (...) {
  // Nothing but a lack of memory is thrown here.
  return std::unexpected(Error{Code::out_of_memory, {}});
}

}  // namespace locket
