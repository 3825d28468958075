#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "locket/access.hpp"

namespace locket {
namespace {

Guid numbered(std::uint8_t kind, std::uint8_t number) {
  Guid guid;
  guid.bytes[0] = kind;
  guid.bytes[15] = number;
  return guid;
}

const Guid organization = numbered(1, 1);
const Guid itwin = numbered(2, 1);
const Guid second_itwin = numbered(2, 2);

AccessDocument small_document() {
  AccessDocument document;
  document.organizations = {{organization, {"ada"}, {}}};
  document.itwins = {
      {itwin, organization, {"olga"}, {{"viewer", PermissionSet::from_bits(1)}}, {}, {{"ulf", "", {"viewer"}}}},
      {second_itwin, organization, {}, {}, {}, {}}};
  document.imodels = {{numbered(3, 2), itwin, ImodelMode::users, {{"ulf", PermissionSet::from_bits(15)}}}};
  return document;
}

std::shared_ptr<const AccessSnapshot> snapshot_of(const AccessDocument& document) {
  return AccessSnapshot::build(document, 5).value();
}

TEST(AccessSnapshot, ComparesNamesExactly) {
  const auto snapshot = snapshot_of(small_document());
  const ImodelFacts plain{numbered(3, 1), itwin};
  EXPECT_TRUE(snapshot->decide({"ulf", Permission::webview, plain}).allowed);
  using namespace std::string_view_literals;
  for (const std::string_view name : {""sv, "Ulf"sv, "ULF"sv, "ulf "sv, " ulf"sv, "ulf\0"sv, "ul"sv, "ulff"sv,
                                      "ul\xC6\x92"sv, "viewer"sv, "*"sv, "%"sv}) {
    EXPECT_FALSE(snapshot->decide({name, Permission::webview, plain}).allowed) << name;
  }
  for (const std::string_view name : {"Ada"sv, "ada\0"sv, "Olga"sv, "olga "sv}) {
    EXPECT_FALSE(snapshot->decide({name, Permission::webview, plain}).allowed) << name;
  }
}

TEST(AccessSnapshot, DeniesWhereTheStoreAndTheDocumentDisagreeAboutAnIModelsITwin) {
  AccessDocument document = small_document();
  // More roles than in the first iTwin, so that numbers of roles would reach beyond what is there.
  for (int i = 0; i < 200; ++i)
    document.itwins[1].roles.push_back({"r" + std::to_string(i), PermissionSet::from_bits(15)});
  document.itwins[1].members = {{"ulf", "", {"r199"}}};
  document.imodels.push_back(
      {numbered(3, 3), second_itwin, ImodelMode::roles, {{"r199", PermissionSet::from_bits(15)}}});
  const auto snapshot = snapshot_of(document);
  for (const char* user : {"ada", "olga", "ulf", "somebody"}) {
    for (const Guid& imodel : {numbered(3, 2), numbered(3, 3)}) {
      const Guid& wrong = imodel == numbered(3, 2) ? second_itwin : itwin;
      const Decision decision = snapshot->decide({user, Permission::webview, ImodelFacts{imodel, wrong}});
      EXPECT_FALSE(decision.allowed) << user;
      EXPECT_EQ(decision.rule, Rule::facts_unavailable);
      EXPECT_EQ(decision.level, Level::none);
      EXPECT_EQ(decision.revision, 5U);
    }
  }
  EXPECT_TRUE(snapshot->decide({"ulf", Permission::manage, ImodelFacts{numbered(3, 2), itwin}}).allowed);
}

// The words of a member's roles are kept one after the other; those of the other iTwin's role would lie behind the
// last.
TEST(AccessSnapshot, LooksForNoRoleOfAnotherITwinAmongAMembersRoles) {
  AccessDocument document = small_document();
  document.imodels.clear();
  for (std::size_t at : {0U, 1U}) {
    auto& place = document.itwins[at];
    const int roles = at == 0 ? 1'000 : 65;  // both kept in several words
    place.roles.clear();
    for (int i = 0; i < roles; ++i) place.roles.push_back({"r" + std::to_string(i), PermissionSet::from_bits(15)});
    place.members = {{"ulf", "", {"r0"}}};
  }
  document.imodels = {{numbered(3, 3), itwin, ImodelMode::roles, {{"r999", PermissionSet::from_bits(15)}}}};
  const auto snapshot = snapshot_of(document);
  const Decision elsewhere = snapshot->decide({"ulf", Permission::webview, ImodelFacts{numbered(3, 3), second_itwin}});
  EXPECT_FALSE(elsewhere.allowed);
  EXPECT_EQ(elsewhere.rule, Rule::facts_unavailable);
  const Decision at_home = snapshot->decide({"ulf", Permission::webview, ImodelFacts{numbered(3, 3), itwin}});
  EXPECT_FALSE(at_home.allowed);
  EXPECT_EQ(at_home.rule, Rule::imodel_role_permission);
}

// Where it belongs is for the store to say; the entry grants nothing that could be of another iTwin.
TEST(AccessSnapshot, AnEntryWithoutAModeLeavesAnImodelToItsITwin) {
  AccessDocument document = small_document();
  document.imodels.push_back({numbered(3, 3), second_itwin, ImodelMode::none, {}});
  const auto snapshot = snapshot_of(document);
  const Decision decision = snapshot->decide({"ulf", Permission::webview, ImodelFacts{numbered(3, 3), itwin}});
  EXPECT_TRUE(decision.allowed);
  EXPECT_EQ(decision.rule, Rule::itwin_permission);
  EXPECT_FALSE(snapshot->decide({"ulf", Permission::webview, ImodelFacts{numbered(3, 3), second_itwin}}).allowed);
}

TEST(AccessSnapshot, GivesEachMemberTheirOwnRolesAlone) {
  // At most 64 roles of an iTwin are kept another way than more of them.
  for (const int roles : {2, 63, 64, 65, 130}) {
    AccessDocument document = small_document();
    auto& place = document.itwins[0];
    place.roles.clear();
    place.members.clear();
    document.imodels.clear();
    for (int i = 0; i < roles; ++i) {
      const std::string role = "r" + std::to_string(i);
      place.roles.push_back({role, PermissionSet::from_bits(1)});
      place.members.push_back({"user " + std::to_string(i), "", {role}});
      document.imodels.push_back(
          {numbered(3, static_cast<std::uint8_t>(i)), itwin, ImodelMode::roles, {{role, PermissionSet::from_bits(1)}}});
    }
    const auto snapshot = snapshot_of(document);
    for (int user = 0; user < roles; ++user) {
      for (int imodel = 0; imodel < roles; ++imodel) {
        const std::string name = "user " + std::to_string(user);
        const ImodelFacts facts{numbered(3, static_cast<std::uint8_t>(imodel)), itwin};
        EXPECT_EQ(snapshot->decide({name, Permission::webview, facts}).allowed, user == imodel)
            << roles << " roles: " << name << ", iModel " << imodel;
      }
    }
  }
}

TEST(AccessSnapshot, DeniesAPermissionThatDoesNotExist) {
  const auto snapshot = snapshot_of(small_document());
  for (int bits = 0; bits < 256; ++bits) {
    const bool exists = bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16;
    const Decision decision =
        snapshot->decide({"ada", static_cast<Permission>(bits), ImodelFacts{numbered(3, 1), itwin}});
    EXPECT_EQ(decision.allowed, exists) << bits;
    EXPECT_EQ(decision.rule, exists ? Rule::organization_administrator : Rule::facts_unavailable) << bits;
  }
}

TEST(AccessSnapshot, AnEmptyDocumentAllowsNobodyAnything) {
  const auto snapshot = snapshot_of({});
  const Decision decision = snapshot->decide({"ada", Permission::webview, ImodelFacts{numbered(3, 1), itwin}});
  EXPECT_FALSE(decision.allowed);
  EXPECT_EQ(decision.rule, Rule::itwin_unknown);
  EXPECT_EQ(snapshot->decide({"", Permission::webview, std::nullopt}).rule, Rule::imodel_unknown);
}

TEST(AccessSnapshot, RefusesAHandMadeDocumentThatBreaksTheRules) {
  const auto fault_of = [](const AccessDocument& document, const Limits& limits = {}) {
    const auto snapshot = AccessSnapshot::build(document, 1, limits);
    const auto checked = check_access_document(document, limits);
    EXPECT_EQ(checked.has_value(), snapshot.has_value());
    if (!checked) {
      EXPECT_EQ(checked.error().code, Code::access_document_invalid);
      EXPECT_EQ(checked.error().detail, snapshot.error().detail);
    }
    return snapshot ? std::string("accepted") : snapshot.error().detail;
  };
  AccessDocument document = small_document();
  EXPECT_EQ(fault_of(document), "accepted");
  document.imodels[0].mode = ImodelMode::none;
  EXPECT_EQ(fault_of(document), "imodels[0]: grants something without a mode");
  document.imodels[0].mode = static_cast<ImodelMode>(3);
  EXPECT_EQ(fault_of(document), "imodels[0]: no such mode");
  document.imodels[0].mode = ImodelMode::users;
  document.imodels[0].granted.push_back({"ulf", {}});
  EXPECT_EQ(fault_of(document), "imodels[0].user_permissions[\"ulf\"]: stands twice");
  document.imodels[0].granted[1].to = "\xC0\x80";
  EXPECT_EQ(fault_of(document), "imodels[0].user_permissions[\"\\xc0\\x80\"]: is not UTF-8");
  document = small_document();
  document.itwins[0].members[0].group = "ulf";
  EXPECT_EQ(fault_of(document), "itwins[0].members[0]: must be either a user or a group");
  document = small_document();
  document.itwins[1].id = itwin;
  EXPECT_EQ(fault_of(document), "itwins[1].id: stands twice");
  document = small_document();
  document.organizations.push_back(document.organizations[0]);
  EXPECT_EQ(fault_of(document), "organizations[1].id: stands twice");
  Limits limits;
  limits.itwin_roles_max = 0;
  EXPECT_EQ(fault_of(small_document(), limits), "itwins[0].roles: too many roles");
}

TEST(AccessSnapshot, GivesAnUnknownClientTheLowestTier) {
  AccessDocument document;
  document.clients = {{"c1", "premium"}, {"c2", "custom"}, {"c3", "community"}, {"c4", "basic"}, {"c5", "standard"}};
  const auto built_in = snapshot_of(document);
  const Tier community{"community", {{500, 60}, {5000, 3600}}};
  EXPECT_EQ(built_in->tier_of("somebody"), community);
  EXPECT_EQ(built_in->tier_of(""), community);
  EXPECT_EQ(built_in->tier_of("C1"), community);
  EXPECT_EQ(built_in->tier_of("c3"), community);
  EXPECT_EQ(built_in->tier_of("c1"), (Tier{"premium", {{5000, 60}}}));
  EXPECT_EQ(built_in->tier_of("c2"), (Tier{"custom", {{5000, 60}}}));
  EXPECT_EQ(built_in->tier_of("c4"), (Tier{"basic", {{5000, 60}}}));
  EXPECT_EQ(built_in->tier_of("c5"), (Tier{"standard", {{5000, 60}}}));

  document.tiers = {{"tiny", {{1, 1}}}, {"endless", {}}};
  document.clients = {{"c1", "endless"}, {"c2", "tiny"}};
  const auto own = snapshot_of(document);
  EXPECT_EQ(own->tier_of("somebody"), document.tiers[0]);
  EXPECT_EQ(own->tier_of("c1"), document.tiers[1]);
  EXPECT_EQ(own->tier_of("c2"), document.tiers[0]);
}

TEST(AccessSnapshot, AnswersForManyUsersITwinsAndIModels) {
  AccessDocument document;
  document.organizations = {{organization, {}, {}}};
  constexpr std::uint32_t count = 3000;
  const auto id = [](std::uint8_t kind, std::uint32_t number) {
    Guid guid = numbered(kind, static_cast<std::uint8_t>(number));
    guid.bytes[14] = static_cast<std::uint8_t>(number >> 8);
    return guid;
  };
  const auto name = [](std::uint32_t number) { return "user " + std::to_string(number); };
  for (std::uint32_t i = 0; i < count; ++i) {
    document.itwins.push_back(
        {id(2, i), organization, {}, {{"r", PermissionSet::from_bits(1)}}, {}, {{name(i), "", {"r"}}}});
    document.imodels.push_back({id(3, i), id(2, i), ImodelMode::users, {{name(i + 1), PermissionSet::from_bits(8)}}});
  }
  const auto snapshot = snapshot_of(document);
  for (std::uint32_t i = 0; i < count; ++i) {
    const ImodelFacts configured{id(3, i), id(2, i)};
    const ImodelFacts plain{id(4, i), id(2, i)};
    EXPECT_TRUE(snapshot->decide({name(i), Permission::webview, plain}).allowed);
    EXPECT_FALSE(snapshot->decide({name(i + 1), Permission::webview, plain}).allowed);
    EXPECT_TRUE(snapshot->decide({name(i + 1), Permission::manage, configured}).allowed);
    EXPECT_FALSE(snapshot->decide({name(i), Permission::manage, configured}).allowed);
  }
}

}  // namespace
}  // namespace locket
