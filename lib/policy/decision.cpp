#include <array>
#include <string>
#include <string_view>

#include "locket/access.hpp"
#include "policy/quoted_name.hpp"

namespace locket {
namespace {

struct RuleText {
  Rule rule;
  std::string_view name;
  std::string_view when_allowed;
  std::string_view when_denied;
};

constexpr std::string_view never = "no reason is known";

// `#` stands for the permission that is asked for.
constexpr std::array<RuleText, 10> rule_texts{{
    {Rule::organization_administrator, "organization_administrator",
     "the user administers the organization that owns the iTwin", never},
    {Rule::itwin_owner, "itwin_owner", "the user owns the iTwin", never},
    {Rule::itwin_permission, "itwin_permission",
     "nothing is configured on the iModel, and a role of the user on the iTwin has #",
     "nothing is configured on the iModel, and no role of the user on the iTwin has #"},
    {Rule::imodel_role_permission, "imodel_role_permission",
     "the iModel grants # to a role that the user has on the iTwin",
     "the iModel has role permissions, and grants # to no role that the user has on the iTwin"},
    {Rule::imodel_user_permission, "imodel_user_permission", "the iModel grants # to the user",
     "the iModel has user permissions, and does not grant # to the user"},
    {Rule::itwin_webview_missing, "itwin_webview_missing", never,
     "the iModel grants # to a role that the user has, but on the iTwin the user's roles have not even "
     "imodels_webview"},
    {Rule::imodel_unknown, "imodel_unknown", never, "there is no such iModel"},
    {Rule::itwin_unknown, "itwin_unknown", never, "the iTwin of the iModel is not in the access document"},
    {Rule::host_rule, "host_rule", "a rule of the host's allows it", "a rule of the host's denies it"},
    {Rule::facts_unavailable, "facts_unavailable", never, "the access facts could not be had"},
}};

constexpr RuleText unknown_rule{Rule::facts_unavailable, "unknown", never, never};

const RuleText& text_of(Rule rule) noexcept {
  for (const RuleText& text : rule_texts) {
    if (text.rule == rule) return text;
  }
  return unknown_rule;
}

std::string_view level_name(Level level) noexcept {
  switch (level) {
    case Level::organization: return "organization level";
    case Level::itwin: return "iTwin level";
    case Level::imodel: return "iModel level";
    case Level::none: break;
  }
  return "no level";
}

std::string with_permission(std::string_view text, Permission permission) {
  std::string filled(text);
  if (const std::size_t place = filled.find('#'); place != std::string::npos) {
    filled.replace(place, 1, permission_name(permission));
  }
  return filled;
}

}  // namespace

std::string_view rule_name(Rule rule) noexcept { return text_of(rule).name; }

std::string explain(const AccessQuestion& question, const Decision& decision) try {
  const RuleText& text = text_of(decision.rule);
  std::string line = decision.allowed ? "allowed: user " : "denied: user ";
  line += policy::quote_name(question.user);
  line += ", ";
  line += permission_name(question.permission);
  line += question.imodel ? ", iModel " + to_string(question.imodel->imodel_id) + " of iTwin " +
                                to_string(question.imodel->itwin_id)
                          : std::string(", unknown iModel");
  line += ": ";
  line += with_permission(decision.allowed ? text.when_allowed : text.when_denied, question.permission);
  line += " (";
  line += text.name;
  line += ", ";
  line += level_name(decision.level);
  line += ", revision " + std::to_string(decision.revision) + ")";
  return line;
} catch (...) {
  // Nothing but a lack of memory is thrown here.
  return {};
}

}  // namespace locket
