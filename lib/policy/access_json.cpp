#include <algorithm>
#include <initializer_list>
#include <limits>
#include <utility>

#include "locket/access.hpp"
#include "policy/access_directory.hpp"
#include "policy/document_place.hpp"
#include "policy/json.hpp"
#include "policy/tiers.hpp"

namespace locket {
namespace {

using policy::DocumentPlace;
using policy::JsonKind;
using policy::JsonValue;

// Every `read` below takes a value and the place where it stands, and fills its target or names the fault.

Result<void> read(JsonValue value, const DocumentPlace& place, std::string& text) {
  const std::optional<std::string_view> found = value.string();
  if (!found) return place.fault("must be a string");
  text = *found;
  return {};
}

Result<void> read(JsonValue value, const DocumentPlace& place, Guid& guid) {
  const std::optional<std::string_view> text = value.string();
  const std::optional<Guid> parsed = text ? parse_guid(*text) : std::nullopt;
  if (!parsed) return place.fault("must be a GUID such as 2b382042-4a92-46a4-a3cf-db4b77085489");
  guid = *parsed;
  return {};
}

Result<void> read(JsonValue value, const DocumentPlace& place, std::uint32_t& number) {
  const std::optional<std::int64_t> found = value.integer();
  if (!found || !std::in_range<std::uint32_t>(*found)) return place.fault("must be a whole number below 4294967296");
  number = static_cast<std::uint32_t>(*found);
  return {};
}

Result<void> read(JsonValue value, const DocumentPlace& place, PermissionSet& permissions) {
  if (value.kind() != JsonKind::array) return place.fault("must be an array");
  std::size_t index = 0;
  for (const JsonValue element : value) {
    const DocumentPlace here = place.element(index++);
    const std::optional<std::string_view> name = element.string();
    const std::optional<Permission> permission = name ? parse_permission(*name) : std::nullopt;
    if (!permission) return here.fault("no such permission");
    if (permissions.has(*permission)) return here.fault("stands twice");
    permissions.add(*permission);
  }
  return {};
}

template <class Element>
Result<void> read(JsonValue value, const DocumentPlace& place, std::vector<Element>& elements);

// A member of an object: its key, whether it must be there, and how its value is read to where.
struct Field {
  std::string_view key;
  bool is_required;
  void* target;
  Result<void> (*read_to)(JsonValue value, const DocumentPlace& place, void* target);
};

template <class Target>
Field field(std::string_view key, bool is_required, Target& target) {
  return {key, is_required, &target, [](JsonValue value, const DocumentPlace& place, void* erased) {
            return read(value, place, *static_cast<Target*>(erased));
          }};
}

template <class Target>
Field required(std::string_view key, Target& target) {
  return field(key, true, target);
}

template <class Target>
Field optional(std::string_view key, Target& target) {
  return field(key, false, target);
}

// Reads an object that has the given members and no other.
Result<void> read_object(JsonValue value, const DocumentPlace& place, std::initializer_list<Field> fields) {
  if (value.kind() != JsonKind::object) return place.fault("must be an object");
  for (const JsonValue found : value) {
    const auto* known = std::ranges::find(fields, found.key(), &Field::key);
    if (known == fields.end()) return place.named(found.key()).fault("no such key");
    if (Result<void> done = known->read_to(found, place.member(known->key), known->target); !done) return done;
  }
  for (const Field& known : fields) {
    if (known.is_required && !value.find(known.key)) return place.member(known.key).fault("is missing");
  }
  return {};
}

Result<void> read(JsonValue value, const DocumentPlace& place, AccessDocument::Role& role) {
  return read_object(value, place, {required("id", role.id), required("permissions", role.permissions)});
}

Result<void> read(JsonValue value, const DocumentPlace& place, AccessDocument::Organization& organization) {
  return read_object(value, place,
                     {required("id", organization.id), optional("administrators", organization.administrators),
                      optional("roles", organization.roles)});
}

Result<void> read(JsonValue value, const DocumentPlace& place, AccessDocument::Group& group) {
  return read_object(value, place, {required("id", group.id), required("members", group.members)});
}

Result<void> read(JsonValue value, const DocumentPlace& place, AccessDocument::Member& member) {
  if (Result<void> done = read_object(
          value, place,
          {optional("user", member.user), optional("group", member.group), required("roles", member.roles)});
      !done) {
    return done;
  }
  // The directory sees only whether a name is empty, not whether it was written.
  if (value.find("user") && value.find("group")) return place.fault("has both a user and a group");
  return {};
}

Result<void> read(JsonValue value, const DocumentPlace& place, AccessDocument::Itwin& itwin) {
  return read_object(
      value, place,
      {required("id", itwin.id), required("organization_id", itwin.organization_id), optional("owners", itwin.owners),
       optional("roles", itwin.roles), optional("groups", itwin.groups), optional("members", itwin.members)});
}

// `role_permissions` and `user_permissions`: objects whose keys are names from outside.
struct Grants {
  std::vector<AccessDocument::Granted> granted;
  bool present = false;
};

Result<void> read(JsonValue value, const DocumentPlace& place, Grants& grants) {
  if (value.kind() != JsonKind::object) return place.fault("must be an object");
  grants.present = true;
  grants.granted.reserve(value.size());
  for (const JsonValue found : value) {
    AccessDocument::Granted& granted = grants.granted.emplace_back();
    granted.to = found.key();
    if (Result<void> done = read(found, place.named(found.key()), granted.permissions); !done) return done;
  }
  return {};
}

Result<void> read(JsonValue value, const DocumentPlace& place, AccessDocument::Imodel& imodel) {
  Grants roles;
  Grants users;
  if (Result<void> done = read_object(value, place,
                                      {required("id", imodel.id), required("itwin_id", imodel.itwin_id),
                                       optional("role_permissions", roles), optional("user_permissions", users)});
      !done) {
    return done;
  }
  if (roles.present && users.present) return place.fault("has both role_permissions and user_permissions");
  if (roles.present) imodel.mode = ImodelMode::roles;
  if (users.present) imodel.mode = ImodelMode::users;
  imodel.granted = std::move(roles.present ? roles.granted : users.granted);
  return {};
}

Result<void> read(JsonValue value, const DocumentPlace& place, RateWindow& window) {
  return read_object(value, place, {required("calls", window.calls), required("seconds", window.seconds)});
}

Result<void> read(JsonValue value, const DocumentPlace& place, Tier& tier) {
  return read_object(value, place, {required("name", tier.name), required("limits", tier.windows)});
}

Result<void> read(JsonValue value, const DocumentPlace& place, AccessDocument::Client& client) {
  return read_object(value, place, {required("id", client.id), required("tier", client.tier)});
}

template <class Element>
Result<void> read(JsonValue value, const DocumentPlace& place, std::vector<Element>& elements) {
  if (value.kind() != JsonKind::array) return place.fault("must be an array");
  elements.reserve(value.size());
  for (const JsonValue element : value) {
    const DocumentPlace here = place.element(elements.size());
    if (Result<void> done = read(element, here, elements.emplace_back()); !done) return done;
  }
  return {};
}

Result<void> read(JsonValue value, const DocumentPlace& place, AccessDocument& document) {
  return read_object(value, place,
                     {optional("organizations", document.organizations), optional("itwins", document.itwins),
                      optional("imodels", document.imodels), optional("tiers", document.tiers),
                      optional("clients", document.clients)});
}

}  // namespace

Result<AccessDocument> parse_access_document(std::string_view json, const Limits& limits) try {
  const policy::JsonLimits json_limits{.bytes_max = limits.access_document_bytes_max,
                                       .depth_max = limits.json_depth_max,
                                       .values_max = std::numeric_limits<std::uint32_t>::max()};
  AccessDocument document;
  {
    const Result<policy::JsonDocument> parsed = policy::parse_json(json, json_limits);
    if (!parsed) return std::unexpected(parsed.error());
    if (Result<void> done = read(parsed->root(), DocumentPlace(), document); !done) {
      return std::unexpected(std::move(done.error()));
    }
  }
  const auto directory = policy::AccessDirectory::make(document, limits);
  if (!directory) return std::unexpected(directory.error());
  // Whoever stores the document must find the tiers that its clients are given.
  if (document.tiers.empty() && !document.clients.empty()) document.tiers = policy::built_in_tiers();
  return document;
} catch (...) {
  // Nothing but a lack of memory is thrown here.
  return std::unexpected(Error{Code::out_of_memory, {}});
}

}  // namespace locket
