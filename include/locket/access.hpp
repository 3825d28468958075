#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "locket/error.hpp"
#include "locket/export.hpp"
#include "locket/guid.hpp"
#include "locket/limits.hpp"
#include "locket/rate_limit.hpp"

namespace locket {

/// A permission; a flat set, none implies another.
enum class Permission : std::uint8_t { webview = 1, read = 2, write = 4, manage = 8, remove = 16 };

/// A set of permissions.
class PermissionSet {
 public:
  constexpr PermissionSet() = default;

  /// A set from its bits; bits that name no permission are dropped.
  static constexpr PermissionSet from_bits(std::uint32_t bits) noexcept {
    PermissionSet set;
    set.bits_ = static_cast<std::uint8_t>(bits & 31U);
    return set;
  }

  /// The bits, 0 to 31.
  [[nodiscard]] constexpr std::uint8_t bits() const noexcept { return bits_; }

  /// Adds one. What is none of the five adds nothing beyond them.
  constexpr void add(Permission permission) noexcept { add(from_bits(static_cast<std::uint8_t>(permission))); }

  /// Adds all of another set.
  constexpr void add(PermissionSet other) noexcept { bits_ |= other.bits_; }

  /// Whether it holds one.
  [[nodiscard]] constexpr bool has(Permission permission) const noexcept {
    return (bits_ & static_cast<std::uint8_t>(permission)) != 0;
  }

  /// Whether it holds at least webview, in the sense of the iModels API: webview, read, write or manage.
  [[nodiscard]] constexpr bool at_least_webview() const noexcept { return (bits_ & 15U) != 0; }

  constexpr bool operator==(const PermissionSet&) const = default;

 private:
  std::uint8_t bits_ = 0;
};

/// The published name (`imodels_webview`). Static; never fails.
[[nodiscard]] LOCKET_API std::string_view permission_name(Permission permission) noexcept;

/// The permission of a published name, or nothing.
[[nodiscard]] LOCKET_API std::optional<Permission> parse_permission(std::string_view name) noexcept;

/// What is configured on an iModel itself.
enum class ImodelMode : std::uint8_t { none = 0, roles = 1, users = 2 };

/// The access facts as people write them (see the README for the JSON form). Names are compared exactly, byte by byte.
struct AccessDocument {
  /// A role and what it permits on an iTwin. A role of an iTwin belongs to that iTwin alone.
  struct Role {
    std::string id;
    PermissionSet permissions;

    bool operator==(const Role&) const = default;
  };
  /// An account. Its roles (Account roles) may be assigned to members of any of its iTwins, and be named by the role
  /// permissions of their iModels, as if each of these iTwins had them; so no iTwin of it has a role of the same id.
  struct Organization {
    Guid id;
    std::vector<std::string> administrators;
    std::vector<Role> roles;

    bool operator==(const Organization&) const = default;
  };
  struct Group {
    std::string id;
    std::vector<std::string> members;

    bool operator==(const Group&) const = default;
  };
  /// A user or a group (exactly one of both is not empty) and its roles.
  struct Member {
    std::string user;
    std::string group;
    std::vector<std::string> roles;

    bool operator==(const Member&) const = default;
  };
  struct Itwin {
    Guid id;
    Guid organization_id;
    std::vector<std::string> owners;
    std::vector<Role> roles;
    std::vector<Group> groups;
    std::vector<Member> members;

    bool operator==(const Itwin&) const = default;
  };
  /// The permissions that an iModel grants to a role or a user.
  struct Granted {
    std::string to;
    PermissionSet permissions;

    bool operator==(const Granted&) const = default;
  };
  struct Imodel {
    Guid id;
    Guid itwin_id;
    ImodelMode mode = ImodelMode::none;
    std::vector<Granted> granted;  ///< to roles or users, as `mode` says; empty with `none`

    bool operator==(const Imodel&) const = default;
  };
  struct Client {
    std::string id;
    std::string tier;

    bool operator==(const Client&) const = default;
  };

  std::vector<Organization> organizations;
  std::vector<Itwin> itwins;
  std::vector<Imodel> imodels;
  std::vector<Tier> tiers;
  std::vector<Client> clients;

  bool operator==(const AccessDocument&) const = default;
};

/// Reads an access document from JSON, strictly: unknown keys, duplicate keys or ids, dangling references and values of
/// the wrong type are refused.
/// Where it names clients but no tiers, the built-in ones become the document's own.
/// Result: the document; `json_invalid`, or `access_document_invalid` with the place of the first fault
/// (`itwins[2].members[0].roles[1]: no such role`). Any thread.
[[nodiscard]] LOCKET_API Result<AccessDocument> parse_access_document(std::string_view json, const Limits& limits = {});

/// Proves a document, a hand-made one for instance, against the rules that `parse_access_document` keeps: names, what
/// stands twice, references, windows, limits. Nothing else is stored, for facts that break a rule let nobody in.
/// Fails with `access_document_invalid` and the place of the first fault, or with `out_of_memory`. Any thread. Cost:
/// linear in the entries.
[[nodiscard]] LOCKET_API Result<void> check_access_document(const AccessDocument& document, const Limits& limits = {});

/// Writes a document as JSON that `parse_access_document` reads back to an equal one, but for the tiers that it adds;
/// names that are not UTF-8 have their wrong bytes replaced. Empty when there is no memory for it. Any thread.
[[nodiscard]] LOCKET_API std::string to_json(const AccessDocument& document);

/// Which line of the rule decided.
enum class Rule : std::uint8_t {
  organization_administrator,  ///< allowed: administers the organization that owns the iTwin
  itwin_owner,                 ///< allowed: owns the iTwin
  itwin_permission,            ///< nothing on the iModel: the permission at iTwin level decided
  imodel_role_permission,      ///< role permissions on the iModel decided
  imodel_user_permission,      ///< user permissions on the iModel decided
  itwin_webview_missing,       ///< denied: role permissions would allow, but not even webview at iTwin level
  imodel_unknown,              ///< denied: no such iModel
  itwin_unknown,               ///< denied: the iModel's iTwin is not in the access document
  host_rule,                   ///< a rule of the host's own `AccessControl` decided
  facts_unavailable,           ///< denied: the facts could not be had
};

/// At which level the rule that decided stands.
enum class Level : std::uint8_t { none, organization, itwin, imodel };

/// The outcome of an access question, for people and logs.
struct Decision {
  bool allowed = false;
  Rule rule = Rule::facts_unavailable;
  Level level = Level::none;
  std::uint64_t revision = 0;  ///< of the access facts that decided
};

/// The stable name of a rule. Static; never fails.
[[nodiscard]] LOCKET_API std::string_view rule_name(Rule rule) noexcept;

/// What the store knows of the iModel that somebody asks for.
struct ImodelFacts {
  Guid imodel_id;
  Guid itwin_id;

  bool operator==(const ImodelFacts&) const = default;
};

/// One access question.
struct AccessQuestion {
  std::string_view user;
  Permission permission = Permission::webview;
  std::optional<ImodelFacts> imodel;  ///< nothing: no such iModel
};

/// An immutable, indexed form of the access facts. Any thread may ask it.
class LOCKET_API AccessSnapshot {
 public:
  virtual ~AccessSnapshot() = default;

  /// Indexes a document. Input: a document as `parse_access_document` gives it, its revision, and the limits.
  /// Fails with `access_document_invalid` and the place where a hand-made document breaks the rules, or with
  /// `out_of_memory`. Cost: linear in the entries of the document, group members counted once for each role mask of
  /// 64 roles that their iTwin has.
  [[nodiscard]] static Result<std::shared_ptr<const AccessSnapshot>> build(const AccessDocument& document,
                                                                           std::uint64_t revision,
                                                                           const Limits& limits = {});

  /// Decides one question by the rule of the iModels API; pure: the same question gives the same answer.
  /// Unknown anything is denied. Never fails, allocates nothing.
  [[nodiscard]] virtual Decision decide(const AccessQuestion& question) const noexcept = 0;

  /// The tier of a client; the lowest tier (the first of the document, or the built-in `community`) for an unknown one.
  /// Lives as long as the snapshot.
  [[nodiscard]] virtual const Tier& tier_of(std::string_view client_id) const noexcept = 0;

  /// The revision of the facts.
  [[nodiscard]] virtual std::uint64_t revision() const noexcept = 0;
};

/// Tells a decision in one line for a person: who, what, which rule at which level, and what is missing.
/// Names that came from outside are quoted and escaped. Empty when there is no memory for it. Any thread.
[[nodiscard]] LOCKET_API std::string explain(const AccessQuestion& question, const Decision& decision);

/// Leave to see, or to replace, the picture of one iModel. Made by `AccessControl` and by nothing else.
template <Permission permission>
class BasicGrant {
 public:
  /// The iModel that may be seen or changed.
  [[nodiscard]] const Guid& imodel_id() const noexcept { return imodel_id_; }

  /// Why.
  [[nodiscard]] const Decision& decision() const noexcept { return decision_; }

 private:
  friend class AccessControl;
  BasicGrant(const Guid& imodel_id, const Decision& decision) noexcept : imodel_id_(imodel_id), decision_(decision) {}

  Guid imodel_id_;
  Decision decision_;
};

using Grant = BasicGrant<Permission::webview>;       ///< leave to see
using ManageGrant = BasicGrant<Permission::manage>;  ///< leave to replace

/// The third stage of a fetch: decides who may see what. A host may answer from its own service by deriving.
/// Calls may come from any thread.
class LOCKET_API AccessControl {
 public:
  virtual ~AccessControl() = default;

  /// Asks for leave to see an iModel's picture.
  /// Inputs: an admission; the iModel's facts, or nothing where there is no such iModel.
  /// Result: the grant; or the decision that denies.
  [[nodiscard]] std::expected<Grant, Decision> authorize_view(const Admission& admission,
                                                              const std::optional<ImodelFacts>& imodel);

  /// Asks for leave to replace it, once it may be seen. The same contract.
  [[nodiscard]] std::expected<ManageGrant, Decision> authorize_manage(const Admission& admission, const Grant& grant,
                                                                      const ImodelFacts& imodel);

  /// The tier of a client. Lives until the facts change, so it is given as a copy that shares.
  [[nodiscard]] virtual std::shared_ptr<const Tier> tier_of(std::string_view client_id) = 0;

 protected:
  /// The derived class's decision. Whatever can't be known is denied. A denial whose rule is `facts_unavailable`, the
  /// default, is answered by 503; one with any other, such as `host_rule`, by 404, or 403 where the picture may be
  /// seen.
  virtual Decision decide(const AccessQuestion& question) noexcept = 0;
};

}  // namespace locket
