#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include "locket/access.hpp"
#include "policy/access_facts.hpp"
#include "policy/access_rule.hpp"

namespace locket {
namespace {

using policy::AccessFacts;
using policy::hash_of;
using policy::pair_key;

constexpr std::uint32_t nobody = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint32_t nowhere = std::numeric_limits<std::uint32_t>::max();

class IndexedSnapshot final : public AccessSnapshot {
 public:
  IndexedSnapshot(AccessFacts facts, std::uint64_t revision) noexcept : facts_(std::move(facts)), revision_(revision) {}

  Decision decide(const AccessQuestion& question) const noexcept override {
    Decision decision = policy::decide_by_rule(standing(question), question.permission);
    decision.revision = revision_;
    return decision;
  }

  const Tier& tier_of(std::string_view client_id) const noexcept override {
    const auto client = facts_.clients.find(client_id);
    return facts_.tiers[client ? facts_.client_tiers[*client] : 0];
  }

  std::uint64_t revision() const noexcept override { return revision_; }

 private:
  // An unknown iModel is looked up in the same steps as a known one, so that the answer's time tells little.
  policy::Standing standing(const AccessQuestion& question) const noexcept {
    const ImodelFacts asked = question.imodel.value_or(ImodelFacts{});
    const std::uint32_t user = facts_.users.find(question.user).value_or(nobody);
    const std::uint32_t itwin = find_itwin(asked.itwin_id);
    const AccessFacts::Imodel* imodel = find_imodel(asked.imodel_id);
    const AccessFacts::Membership* membership = find_membership(user, itwin);

    policy::Standing standing;
    standing.imodel_known = question.imodel.has_value();
    standing.itwin_known = itwin != nowhere;
    standing.administrator = administers(user, itwin == nowhere ? nowhere : facts_.itwins[itwin].organization);
    if (membership != nullptr) {
      standing.owner = membership->owner;
      standing.on_itwin = membership->permissions;
    }
    if (imodel == nullptr) return standing;
    standing.contradicted = imodel->itwin != itwin;
    // The numbers of roles mean nothing in another iTwin.
    if (standing.contradicted) return standing;
    standing.mode = imodel->mode;
    if (imodel->mode == ImodelMode::users) {
      standing.on_imodel = granted_to_user(*imodel, user);
    } else if (membership != nullptr) {
      standing.on_imodel = granted_to_roles(*imodel, *membership);
    }
    return standing;
  }

  std::uint32_t find_itwin(const Guid& id) const noexcept {
    return facts_.itwin_index.find(hash_of(id), [&](std::uint32_t at) { return facts_.itwins[at].id == id; })
        .value_or(nowhere);
  }

  const AccessFacts::Imodel* find_imodel(const Guid& id) const noexcept {
    const auto found =
        facts_.imodel_index.find(hash_of(id), [&](std::uint32_t at) { return facts_.imodels[at].id == id; });
    return found ? &facts_.imodels[*found] : nullptr;
  }

  const AccessFacts::Membership* find_membership(std::uint32_t user, std::uint32_t itwin) const noexcept {
    const std::uint64_t key = pair_key(user, itwin);
    const auto found = facts_.membership_index.find(
        hash_of(key), [&](std::uint32_t at) { return key_of(facts_.memberships[at]) == key; });
    return found ? &facts_.memberships[*found] : nullptr;
  }

  bool administers(std::uint32_t user, std::uint32_t organization) const noexcept {
    const std::uint64_t key = pair_key(user, organization);
    const auto found = facts_.administrator_index.find(
        hash_of(key), [&](std::uint32_t at) { return key_of(facts_.administrators[at]) == key; });
    return found.has_value();
  }

  std::span<const AccessFacts::Granted> granted_by(const AccessFacts::Imodel& imodel) const noexcept {
    return std::span(facts_.granted).subspan(imodel.granted_at, imodel.granted_count);
  }

  PermissionSet granted_to_user(const AccessFacts::Imodel& imodel, std::uint32_t user) const noexcept {
    const auto granted = granted_by(imodel);
    const auto found = std::ranges::lower_bound(granted, user, {}, &AccessFacts::Granted::to);
    return found != granted.end() && found->to == user ? found->permissions : PermissionSet();
  }

  PermissionSet granted_to_roles(const AccessFacts::Imodel& imodel,
                                 const AccessFacts::Membership& membership) const noexcept {
    PermissionSet together;
    for (const AccessFacts::Granted& granted : granted_by(imodel)) {
      if (has_role(membership, granted.to)) together.add(granted.permissions);
    }
    return together;
  }

  bool has_role(const AccessFacts::Membership& membership, std::uint32_t role) const noexcept {
    const std::uint64_t word = facts_.itwins[membership.itwin].wide
                                   ? facts_.wide_roles[membership.roles + role / policy::roles_of_a_word]
                                   : membership.roles;
    return (word >> role % policy::roles_of_a_word & 1U) != 0;
  }

  AccessFacts facts_;
  std::uint64_t revision_;
};

}  // namespace

Result<std::shared_ptr<const AccessSnapshot>> AccessSnapshot::build(const AccessDocument& document,
                                                                    std::uint64_t revision, const Limits& limits) try {
  Result<AccessFacts> facts = policy::index_access(document, limits);
  if (!facts) return std::unexpected(std::move(facts.error()));
  return std::make_shared<const IndexedSnapshot>(std::move(*facts), revision);
} catch (...) {
  // Nothing but a lack of memory is thrown here.
  return std::unexpected(Error{Code::out_of_memory, {}});
}

}  // namespace locket
