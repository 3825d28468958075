#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "locket/access.hpp"
#include "policy/hash_index.hpp"
#include "policy/name_table.hpp"

namespace locket::policy {

/// Roles of one iTwin by their numbers: one word up to this many, several words above.
inline constexpr std::size_t roles_of_a_word = 64;

/// The access facts in the form in which they are asked: every name a number, every group resolved.
struct AccessFacts {
  struct Itwin {
    Guid id;
    std::uint32_t organization = 0;
    bool wide = false;  ///< has more roles than one word holds
  };
  /// A user's part in an iTwin.
  struct Membership {
    std::uint32_t user = 0;
    std::uint32_t itwin = 0;
    std::uint64_t roles = 0;  ///< one bit a role; in a wide iTwin the place of the first word in `wide_roles`
    PermissionSet permissions;
    bool owner = false;
  };
  struct Administrator {
    std::uint32_t user = 0;
    std::uint32_t organization = 0;
  };
  /// What an iModel grants: to a role's number within the iTwin, or to a user.
  struct Granted {
    std::uint32_t to = 0;
    PermissionSet permissions;
  };
  /// An iModel on which something is configured.
  struct Imodel {
    Guid id;
    std::uint32_t itwin = 0;
    std::uint32_t granted_at = 0;
    std::uint32_t granted_count = 0;
    ImodelMode mode = ImodelMode::none;
  };

  std::vector<Itwin> itwins;
  std::vector<Membership> memberships;
  std::vector<std::uint64_t> wide_roles;
  std::vector<Administrator> administrators;
  std::vector<Imodel> imodels;
  std::vector<Granted> granted;  ///< for each iModel one after the other, by `to`
  std::vector<Tier> tiers;
  std::vector<std::uint32_t> client_tiers;

  NameTable users;
  NameTable clients;
  HashIndex itwin_index;
  HashIndex membership_index;
  HashIndex administrator_index;
  HashIndex imodel_index;
};

/// Two numbers as one key.
[[nodiscard]] constexpr std::uint64_t pair_key(std::uint32_t first, std::uint32_t second) noexcept {
  return std::uint64_t{first} << 32 | second;
}

/// The key of a user's part in an iTwin.
[[nodiscard]] constexpr std::uint64_t key_of(const AccessFacts::Membership& membership) noexcept {
  return pair_key(membership.user, membership.itwin);
}

/// The key of an administrator.
[[nodiscard]] constexpr std::uint64_t key_of(const AccessFacts::Administrator& administrator) noexcept {
  return pair_key(administrator.user, administrator.organization);
}

/// Brings a document into that form. Fails with `access_document_invalid` and the place of the first fault; throws
/// std::bad_alloc. Cost: linear; group members count once for each word of roles.
[[nodiscard]] Result<AccessFacts> index_access(const AccessDocument& document, const Limits& limits);

}  // namespace locket::policy
