#include <gtest/gtest.h>

#include <set>
#include <string>

#include "locket/access.hpp"
#include "policy/quoted_name.hpp"

namespace locket {
namespace {

const Guid imodel = parse_guid("0c000000-0000-0000-0000-000000000001").value();
const Guid itwin = parse_guid("0b000000-0000-0000-0000-000000000002").value();
const ImodelFacts facts{imodel, itwin};

std::string told(bool allowed, Rule rule, Level level) {
  return explain({"ulf", Permission::manage, facts}, {allowed, rule, level, 3});
}

TEST(Decision, IsToldInOneLineForEveryRule) {
  const std::string who =
      "user \"ulf\", imodels_manage, iModel 0c000000-0000-0000-0000-000000000001 of iTwin "
      "0b000000-0000-0000-0000-000000000002: ";
  EXPECT_EQ(told(true, Rule::organization_administrator, Level::organization),
            "allowed: " + who +
                "the user administers the organization that owns the iTwin "
                "(organization_administrator, organization level, revision 3)");
  EXPECT_EQ(told(true, Rule::itwin_owner, Level::itwin),
            "allowed: " + who + "the user owns the iTwin (itwin_owner, iTwin level, revision 3)");
  EXPECT_EQ(told(true, Rule::itwin_permission, Level::itwin),
            "allowed: " + who +
                "nothing is configured on the iModel, and a role of the user on the iTwin has "
                "imodels_manage (itwin_permission, iTwin level, revision 3)");
  EXPECT_EQ(told(false, Rule::itwin_permission, Level::itwin),
            "denied: " + who +
                "nothing is configured on the iModel, and no role of the user on the iTwin has "
                "imodels_manage (itwin_permission, iTwin level, revision 3)");
  EXPECT_EQ(told(true, Rule::imodel_role_permission, Level::imodel),
            "allowed: " + who +
                "the iModel grants imodels_manage to a role that the user has on the iTwin "
                "(imodel_role_permission, iModel level, revision 3)");
  EXPECT_EQ(told(false, Rule::imodel_role_permission, Level::imodel),
            "denied: " + who +
                "the iModel has role permissions, and grants imodels_manage to no role that the user "
                "has on the iTwin (imodel_role_permission, iModel level, revision 3)");
  EXPECT_EQ(told(true, Rule::imodel_user_permission, Level::imodel),
            "allowed: " + who +
                "the iModel grants imodels_manage to the user "
                "(imodel_user_permission, iModel level, revision 3)");
  EXPECT_EQ(told(false, Rule::imodel_user_permission, Level::imodel),
            "denied: " + who +
                "the iModel has user permissions, and does not grant imodels_manage to the user "
                "(imodel_user_permission, iModel level, revision 3)");
  EXPECT_EQ(told(false, Rule::itwin_webview_missing, Level::itwin),
            "denied: " + who +
                "the iModel grants imodels_manage to a role that the user has, but on the iTwin the "
                "user's roles have not even imodels_webview "
                "(itwin_webview_missing, iTwin level, revision 3)");
  EXPECT_EQ(told(false, Rule::itwin_unknown, Level::none), "denied: " + who +
                                                               "the iTwin of the iModel is not in the access document "
                                                               "(itwin_unknown, no level, revision 3)");
  EXPECT_EQ(told(false, Rule::host_rule, Level::none),
            "denied: " + who + "a rule of the host's denies it (host_rule, no level, revision 3)");
  EXPECT_EQ(told(false, Rule::facts_unavailable, Level::none),
            "denied: " + who + "the access facts could not be had (facts_unavailable, no level, revision 3)");
  EXPECT_EQ(explain({"ulf", Permission::webview, std::nullopt}, {false, Rule::imodel_unknown, Level::none, 0}),
            "denied: user \"ulf\", imodels_webview, unknown iModel: there is no such iModel "
            "(imodel_unknown, no level, revision 0)");
}

TEST(Decision, OfAHostThatNamesNoRuleOfOursIsToldAsWell) {
  EXPECT_TRUE(told(false, Rule::itwin_owner, Level::itwin)
                  .ends_with("no reason is known (itwin_owner, iTwin level, revision 3)"));
  EXPECT_TRUE(told(true, static_cast<Rule>(200), static_cast<Level>(200))
                  .ends_with("no reason is known (unknown, no level, revision 3)"));
}

TEST(Decision, RulesHaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (int rule = 0; rule <= static_cast<int>(Rule::facts_unavailable); ++rule) {
    names.insert(rule_name(static_cast<Rule>(rule)));
  }
  EXPECT_EQ(names.size(), 10U);
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_EQ(rule_name(static_cast<Rule>(10)), "unknown");
}

TEST(Decision, AHostileUserStaysOnTheLineAndWithinItsQuotes) {
  const std::string line = explain({"\nallowed: user \"ada\"\x1B[2J\xE2\x80\xAE", Permission::webview, facts}, {});
  EXPECT_TRUE(line.starts_with("denied: user \"\\u{0a}allowed: user \\\"ada\\\"\\u{1b}[2J\\u{202e}\", imodels_webview"))
      << line;
}

TEST(QuotedName, KeepsWhatStandsForItself) {
  EXPECT_EQ(policy::quote_name(""), "\"\"");
  EXPECT_EQ(policy::quote_name("ulf@example.org"), "\"ulf@example.org\"");
  EXPECT_EQ(policy::quote_name("J\xC3\xBCrgen \xE6\x97\xA5\xE6\x9C\xAC \xF0\x9F\x94\x92 ~"),
            "\"J\xC3\xBCrgen \xE6\x97\xA5\xE6\x9C\xAC \xF0\x9F\x94\x92 ~\"");
}

TEST(QuotedName, EscapesWhatEndsTurnsOrHidesText) {
  using namespace std::string_view_literals;
  EXPECT_EQ(policy::quote_name("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(policy::quote_name("\0\t\x1F\x7F"sv), R"("\u{00}\u{09}\u{1f}\u{7f}")");
  EXPECT_EQ(policy::quote_name("\xC2\x85\xC2\x9F\xC2\xA0"), "\"\\u{85}\\u{9f}\xC2\xA0\"");
  EXPECT_EQ(policy::quote_name("\xE2\x80\x8B\xE2\x80\xA8\xEF\xBB\xBF"), R"("\u{200b}\u{2028}\u{feff}")");
  EXPECT_EQ(policy::quote_name("\xF3\xA0\x80\x81"), R"("\u{e0001}")");
}

TEST(QuotedName, ShowsBytesThatAreNoText) {
  // Lone trail, cut sequences, overlong forms, surrogates, and beyond the last code point.
  EXPECT_EQ(policy::quote_name("\x80"), R"("\x80")");
  EXPECT_EQ(policy::quote_name("\xC3"), R"("\xc3")");
  EXPECT_EQ(policy::quote_name("\xE2\x82"), R"("\xe2\x82")");
  EXPECT_EQ(policy::quote_name("\xC3("
                               "\xBF"),
            R"("\xc3(\xbf")");
  EXPECT_EQ(policy::quote_name("\xC1\xBF"), R"("\xc1\xbf")");
  EXPECT_EQ(policy::quote_name("\xE0\x9F\xBF"), R"("\xe0\x9f\xbf")");
  EXPECT_EQ(policy::quote_name("\xF0\x8F\xBF\xBF"), R"("\xf0\x8f\xbf\xbf")");
  EXPECT_EQ(policy::quote_name("\xED\xA0\x80"), R"("\xed\xa0\x80")");
  EXPECT_EQ(policy::quote_name("\xED\xBF\xBF"), R"("\xed\xbf\xbf")");
  EXPECT_EQ(policy::quote_name("\xF4\x90\x80\x80"), R"("\xf4\x90\x80\x80")");
  EXPECT_EQ(policy::quote_name("\xF5\x80\x80\x80"), R"("\xf5\x80\x80\x80")");
}

TEST(QuotedName, CutsAfter256Characters) {
  EXPECT_EQ(policy::quote_name(std::string(256, 'x')), '"' + std::string(256, 'x') + '"');
  EXPECT_EQ(policy::quote_name(std::string(257, 'x')), '"' + std::string(256, 'x') + "\"...");
}

}  // namespace
}  // namespace locket
