#include <string>
#include <string_view>

#include "locket/access.hpp"
#include "policy/json.hpp"

namespace locket {
namespace {

// Writes straight into the text: a tree of values would cost many times the document.
class DocumentWriter {
 public:
  std::string write(const AccessDocument& document) {
    text_ += '{';
    list("organizations", document.organizations, "\n  ");
    list("itwins", document.itwins, "\n  ");
    list("imodels", document.imodels, "\n  ");
    list("tiers", document.tiers, "\n  ");
    list("clients", document.clients, "\n  ");
    text_ += "\n}\n";
    return std::move(text_);
  }

 private:
  void comma() {
    if (text_.back() != '{' && text_.back() != '[') text_ += ',';
  }

  void key(std::string_view name) {
    comma();
    value(name);
    text_ += ':';
  }

  void value(std::string_view text) { text_ += policy::write_json_string(text); }
  void value(const std::string& text) { value(std::string_view(text)); }
  void value(const Guid& guid) { value(to_string(guid)); }
  void value(std::uint32_t number) { text_ += std::to_string(number); }

  void value(PermissionSet permissions) {
    text_ += '[';
    for (const Permission permission :
         {Permission::webview, Permission::read, Permission::write, Permission::manage, Permission::remove}) {
      if (!permissions.has(permission)) continue;
      comma();
      value(permission_name(permission));
    }
    text_ += ']';
  }

  void value(const AccessDocument::Organization& organization) {
    field("id", organization.id);
    list("administrators", organization.administrators);
    list("roles", organization.roles);
  }

  void value(const AccessDocument::Role& role) {
    field("id", role.id);
    field("permissions", role.permissions);
  }

  void value(const AccessDocument::Itwin& itwin) {
    field("id", itwin.id);
    field("organization_id", itwin.organization_id);
    list("owners", itwin.owners);
    list("roles", itwin.roles);
    list("groups", itwin.groups);
    list("members", itwin.members);
  }

  void value(const AccessDocument::Group& group) {
    field("id", group.id);
    list("members", group.members);
  }

  void value(const AccessDocument::Member& member) {
    if (member.group.empty()) {
      field("user", member.user);
    } else {
      field("group", member.group);
    }
    list("roles", member.roles);
  }

  void value(const AccessDocument::Imodel& imodel) {
    field("id", imodel.id);
    field("itwin_id", imodel.itwin_id);
    if (imodel.mode == ImodelMode::none) return;
    key(imodel.mode == ImodelMode::roles ? "role_permissions" : "user_permissions");
    text_ += '{';
    for (const AccessDocument::Granted& granted : imodel.granted) field(granted.to, granted.permissions);
    text_ += '}';
  }

  void value(const Tier& tier) {
    field("name", tier.name);
    list("limits", tier.windows);
  }

  void value(const RateWindow& window) {
    field("calls", window.calls);
    field("seconds", window.seconds);
  }

  void value(const AccessDocument::Client& client) {
    field("id", client.id);
    field("tier", client.tier);
  }

  template <class Value>
  void field(std::string_view name, const Value& content) {
    key(name);
    value(content);
  }

  // An array of strings or of objects; `before` parts the elements of the outermost ones into lines.
  template <class Element>
  void list(std::string_view name, const std::vector<Element>& elements, std::string_view before = {}) {
    if (!before.empty()) {
      comma();
      text_ += '\n';
      value(name);
      text_ += ':';
    } else {
      key(name);
    }
    text_ += '[';
    for (const Element& element : elements) {
      comma();
      text_ += before;
      if constexpr (std::is_same_v<Element, std::string>) {
        value(element);
      } else {
        text_ += '{';
        value(element);
        text_ += '}';
      }
    }
    text_ += ']';
  }

  std::string text_;
};

}  // namespace

std::string to_json(const AccessDocument& document) try { return DocumentWriter().write(document); } catch (...) {
  // Nothing but a lack of memory is thrown here.
  return {};
}

}  // namespace locket
