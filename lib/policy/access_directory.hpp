#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "locket/access.hpp"
#include "policy/hash_index.hpp"

namespace locket::policy {

/// Looks things up in an access document that is proven to keep its rules: what an `AccessSnapshot` is built from.
/// Holds views into the document, which must outlive it unchanged. Any thread may ask.
class AccessDirectory {
 public:
  /// Proves a document and indexes its ids and names.
  /// The rules: names are UTF-8, not empty and within `Limits::identifier_bytes_max`; nothing stands twice; every
  /// reference finds what it names, in the right iTwin; a member is a user or a group; an iModel grants no
  /// `imodels_delete`, and nothing without a mode; windows are within the limits; no more than
  /// `Limits::access_entries_max` entries and `Limits::itwin_roles_max` roles for one iTwin.
  /// Fails with `access_document_invalid` and the place of the first fault; throws std::bad_alloc. Cost: linear.
  [[nodiscard]] static Result<AccessDirectory> make(const AccessDocument& document, const Limits& limits);

  /// The place of an organization in the document, or nothing.
  [[nodiscard]] std::optional<std::uint32_t> organization(const Guid& id) const;

  /// The place of an iTwin in the document, or nothing.
  [[nodiscard]] std::optional<std::uint32_t> itwin(const Guid& id) const;

  /// The place of the organization that owns an iTwin. Input, here and below: the iTwin's place.
  [[nodiscard]] std::uint32_t organization_of(std::uint32_t itwin) const;

  /// The place of a group in its iTwin, or nothing.
  [[nodiscard]] std::optional<std::uint32_t> group(std::uint32_t itwin, std::string_view id) const;

  /// The number of a role within an iTwin: its own in their order, then those of its organization; or nothing.
  [[nodiscard]] std::optional<std::uint32_t> role(std::uint32_t itwin, std::string_view id) const;

  /// How many roles an iTwin may assign.
  [[nodiscard]] std::size_t role_count(std::uint32_t itwin) const;

  /// What the role of this number permits on the iTwin.
  [[nodiscard]] PermissionSet role_permissions(std::uint32_t itwin, std::uint32_t role) const;

 private:
  friend class DirectoryProof;
  explicit AccessDirectory(const AccessDocument& document) : document_(&document) {}

  const AccessDocument* document_;
  HashIndex organizations_;
  HashIndex itwins_;
  std::vector<HashIndex> organization_roles_;       // one for each organization
  std::vector<std::uint32_t> itwin_organizations_;  // one for each iTwin, as are the following
  std::vector<HashIndex> itwin_roles_;
  std::vector<HashIndex> itwin_groups_;
};

}  // namespace locket::policy
