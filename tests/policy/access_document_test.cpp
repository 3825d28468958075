#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "locket/access.hpp"

namespace locket {
namespace {

constexpr std::string_view whole = R"({
 "organizations":[{"id":"0a000000-0000-0000-0000-000000000001","administrators":["ada"],
                   "roles":[{"id":"auditor","permissions":["imodels_webview","imodels_delete"]}]}],
 "itwins":[{"id":"0b000000-0000-0000-0000-000000000001","organization_id":"0a000000-0000-0000-0000-000000000001",
            "owners":["olga"],
            "roles":[{"id":"viewer","permissions":["imodels_webview"]},{"id":"none","permissions":[]}],
            "groups":[{"id":"g1","members":["gina","gus"]}],
            "members":[{"user":"ulf","roles":["viewer","auditor"]},{"group":"g1","roles":[]}]}],
 "imodels":[{"id":"0c000000-0000-0000-0000-000000000001","itwin_id":"0b000000-0000-0000-0000-000000000001"},
            {"id":"0c000000-0000-0000-0000-000000000002","itwin_id":"0b000000-0000-0000-0000-000000000001",
             "role_permissions":{"viewer":["imodels_webview","imodels_read"],"auditor":[]}},
            {"id":"0c000000-0000-0000-0000-000000000003","itwin_id":"0b000000-0000-0000-0000-000000000001",
             "user_permissions":{"ulf":["imodels_manage","imodels_write"]}},
            {"id":"0c000000-0000-0000-0000-000000000004","itwin_id":"0b000000-0000-0000-0000-000000000001",
             "user_permissions":{}}],
 "tiers":[{"name":"community","limits":[{"calls":500,"seconds":60},{"calls":5000,"seconds":3600}]},
          {"name":"free","limits":[]}],
 "clients":[{"id":"client-1","tier":"free"}]})";

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string result(text);
  const std::size_t place = result.find(from);
  EXPECT_NE(place, std::string::npos) << from;
  if (place != std::string::npos) result.replace(place, from.size(), to);
  return result;
}

Guid guid(std::string_view text) { return parse_guid(text).value(); }

TEST(PermissionSet, HoldsTheFiveAndNothingElse) {
  PermissionSet set;
  set.add(static_cast<Permission>(0xE1));
  EXPECT_EQ(set.bits(), 1);
}

TEST(AccessDocument, HoldsWhatTheTextSays) {
  const auto document = parse_access_document(whole);
  ASSERT_TRUE(document) << document.error().detail;
  const Guid organization = guid("0a000000-0000-0000-0000-000000000001");
  const Guid itwin = guid("0b000000-0000-0000-0000-000000000001");
  const auto set = [](std::uint32_t bits) { return PermissionSet::from_bits(bits); };
  AccessDocument expected;
  expected.organizations = {{organization, {"ada"}, {{"auditor", set(17)}}}};
  expected.itwins = {{itwin,
                      organization,
                      {"olga"},
                      {{"viewer", set(1)}, {"none", set(0)}},
                      {{"g1", {"gina", "gus"}}},
                      {{"ulf", "", {"viewer", "auditor"}}, {"", "g1", {}}}}};
  expected.imodels = {
      {guid("0c000000-0000-0000-0000-000000000001"), itwin, ImodelMode::none, {}},
      {guid("0c000000-0000-0000-0000-000000000002"), itwin, ImodelMode::roles, {{"viewer", set(3)}, {"auditor", {}}}},
      {guid("0c000000-0000-0000-0000-000000000003"), itwin, ImodelMode::users, {{"ulf", set(12)}}},
      {guid("0c000000-0000-0000-0000-000000000004"), itwin, ImodelMode::users, {}}};
  expected.tiers = {{"community", {{500, 60}, {5000, 3600}}}, {"free", {}}};
  expected.clients = {{"client-1", "free"}};
  EXPECT_EQ(*document, expected);
}

TEST(AccessDocument, IsReadBackAsItWasWritten) {
  const AccessDocument document = parse_access_document(whole).value();
  const auto again = parse_access_document(to_json(document));
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(*again, document);
  EXPECT_EQ(parse_access_document("{}").value(), AccessDocument());
  EXPECT_EQ(parse_access_document(to_json(AccessDocument())).value(), AccessDocument());
}

// A store keeps clients only of tiers that it has.
TEST(AccessDocument, WithClientsButNoTiersHasTheBuiltInOnes) {
  const AccessDocument document = parse_access_document(R"({"clients": [{"id": "c", "tier": "community"}]})").value();
  ASSERT_FALSE(document.tiers.empty());
  EXPECT_EQ(document.tiers[0].name, "community");
  EXPECT_EQ(parse_access_document(to_json(document)).value(), document);
}

TEST(AccessDocument, NamesOfAnyTextAreReadBackUnchanged) {
  AccessDocument document;
  document.tiers = {{"basic", {}}};
  for (std::uint32_t code_point = 0; code_point < 0x500; ++code_point) {
    std::string name;
    if (code_point < 0x80) {
      name = static_cast<char>(code_point);
    } else {
      name = {static_cast<char>(0xC0 | code_point >> 6), static_cast<char>(0x80 | (code_point & 63U))};
    }
    document.clients.push_back({"\"" + name + "\\", "basic"});
  }
  for (const char* name : {"'; DROP TABLE x; --", "\xE2\x80\xAE", "\xF0\x9F\x94\x92", "\xEF\xBF\xBF"}) {
    document.clients.push_back({name, "basic"});
  }
  const auto again = parse_access_document(to_json(document));
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(*again, document);
}

// What is told of a document that must be refused.
std::string fault_of(std::string_view text, const Limits& limits = {}) {
  const auto document = parse_access_document(text, limits);
  if (document) return "accepted";
  return std::string(code_name(document.error().code)) + ": " + document.error().detail;
}

struct Fault {
  const char* from;
  const char* to;
  const char* told;
};

TEST(AccessDocument, TellsThePlaceOfAFault) {
  const Fault faults[] = {
      {R"("clients":[)", R"("clients":{},"x":[)", "clients: must be an array"},
      {R"("clients":[)", R"("customers":[)", R"(["customers"]: no such key)"},
      {R"({"id":"0a000000-0000-0000-0000-000000000001","adm)", R"({"adm)", "organizations[0].id: is missing"},
      {R"(["ada"])", R"(["ada",7])", "organizations[0].administrators[1]: must be a string"},
      {R"(["ada"])", R"(["ada",""])", "organizations[0].administrators[1]: must not be empty"},
      {R"(["ada"])", R"(["ada","ida","ada"])", "organizations[0].administrators[2]: stands twice"},
      {R"("auditor","permissions":["imodels_webview")", R"("auditor","permissions":["iModels_webview")",
       "organizations[0].roles[0].permissions[0]: no such permission"},
      {R"(["imodels_webview","imodels_delete"])", R"(["imodels_delete","imodels_delete"])",
       "organizations[0].roles[0].permissions[1]: stands twice"},
      {R"(["imodels_webview","imodels_delete"])", R"("imodels_delete")",
       "organizations[0].roles[0].permissions: must be an array"},
      {R"({"id":"auditor","permissions")", R"({"id":"auditor","Permissions")",
       R"(organizations[0].roles[0]["Permissions"]: no such key)"},
      {R"("0b000000-0000-0000-0000-000000000001","org)", R"("0b000000","org)",
       "itwins[0].id: must be a GUID such as 2b382042-4a92-46a4-a3cf-db4b77085489"},
      {R"("organization_id":"0a)", R"("organization_id":"0f)", "itwins[0].organization_id: no such organization"},
      {R"(["olga"])", R"([null])", "itwins[0].owners[0]: must be a string"},
      {R"({"id":"none")", R"({"id":"viewer")", "itwins[0].roles[1].id: stands twice"},
      {R"({"id":"none")", R"({"id":"auditor")", "itwins[0].roles[1].id: is a role of the organization already"},
      {R"(["gina","gus"])", R"(["gina","gina"])", "itwins[0].groups[0].members[1]: stands twice"},
      {R"([{"id":"g1","members":["gina","gus"]}])", R"([{"id":"","members":[]}])",
       "itwins[0].groups[0].id: must not be empty"},
      {R"([{"id":"g1","members":["gina","gus"]}])", R"([[]])", "itwins[0].groups[0]: must be an object"},
      {R"({"id":"g1","members":["gina","gus"]})",
       R"({"id":"g1","members":["gina"]},{"id":"g2","members":["gus","gus"]})",
       "itwins[0].groups[1].members[1]: stands twice"},
      {R"({"user":"ulf","roles")", R"({"roles")", "itwins[0].members[0]: must be either a user or a group"},
      {R"({"user":"ulf","roles")", R"({"user":"","roles")", "itwins[0].members[0]: must be either a user or a group"},
      {R"({"user":"ulf","roles")", R"({"users":"ulf","roles")", R"(itwins[0].members[0]["users"]: no such key)"},
      {R"({"user":"ulf","roles")", R"({"user":"","group":"g1","roles")",
       "itwins[0].members[0]: has both a user and a group"},
      {R"({"group":"g1","roles":[]})", R"({"group":"g2","roles":[]})", "itwins[0].members[1].group: no such group"},
      {R"({"group":"g1","roles":[]})", R"({"user":"ulf","roles":[]})", "itwins[0].members[1]: stands twice"},
      {R"({"group":"g1","roles":[]})", R"({"group":"g1","roles":[]},{"group":"g1","roles":[]})",
       "itwins[0].members[2]: stands twice"},
      {R"(["viewer","auditor"])", R"(["viewer","editor"])", "itwins[0].members[0].roles[1]: no such role"},
      {R"(["viewer","auditor"])", R"(["viewer","viewer"])", "itwins[0].members[0].roles[1]: stands twice"},
      {R"("itwin_id":"0b)", R"("itwin_id":"0d)", "imodels[0].itwin_id: no such iTwin"},
      {R"("0c000000-0000-0000-0000-000000000002")", R"("0C000000-0000-0000-0000-000000000001")",
       "imodels[1].id: stands twice"},
      {R"("viewer":["imodels_webview","imodels_read"])", R"("editor":[])",
       R"(imodels[1].role_permissions["editor"]: no such role)"},
      {R"("imodels_read"])", R"("imodels_delete"])",
       R"(imodels[1].role_permissions["viewer"]: an iModel grants no imodels_delete)"},
      {R"("imodels_read"])", R"("imodels_red"])", R"(imodels[1].role_permissions["viewer"][1]: no such permission)"},
      {R"({"ulf":["imodels_manage","imodels_write"]})", R"({"":[]})",
       R"(imodels[2].user_permissions[""]: must not be empty)"},
      {R"({"ulf":["imodels_manage","imodels_write"]})", R"(["ulf"])", "imodels[2].user_permissions: must be an object"},
      {R"("user_permissions":{}})", R"("user_permissions":{},"role_permissions":{}})",
       "imodels[3]: has both role_permissions and user_permissions"},
      {R"("name":"free")", R"("name":"community")", "tiers[1].name: stands twice"},
      {R"("name":"free")", R"("name":"")", "tiers[1].name: must not be empty"},
      {R"("calls":500,)", R"("calls":0,)", "tiers[0].limits[0].calls: is out of range"},
      {R"("calls":500,)", R"("calls":1000000001,)", "tiers[0].limits[0].calls: is out of range"},
      {R"("calls":500,)", R"("calls":5e2,)", "tiers[0].limits[0].calls: must be a whole number below 4294967296"},
      {R"("calls":500,)", R"("calls":-1,)", "tiers[0].limits[0].calls: must be a whole number below 4294967296"},
      {R"("seconds":60)", R"("seconds":0)", "tiers[0].limits[0].seconds: is out of range"},
      {R"("seconds":60)", R"("seconds":31622401)", "tiers[0].limits[0].seconds: is out of range"},
      {R"("seconds":60)", R"("seconds":3600)", "tiers[0].limits[1].seconds: stands twice"},
      {R"("limits":[])",
       R"("limits":[{"calls":1,"seconds":1},{"calls":1,"seconds":2},{"calls":1,"seconds":3},
                    {"calls":1,"seconds":4},{"calls":1,"seconds":5}])",
       "tiers[1].limits: too many limits"},
      {R"("tier":"free")", R"("tier":"basic")", "clients[0].tier: no such tier"},
      {R"({"id":"client-1",)", R"({"id":"",)", "clients[0].id: must not be empty"},
      {R"([{"id":"client-1","tier":"free"}])", R"([{"id":"a","tier":"free"},{"id":"a","tier":"free"}])",
       "clients[1].id: stands twice"},
  };
  for (const Fault& fault : faults) {
    EXPECT_EQ(fault_of(replaced(whole, fault.from, fault.to)), "access_document_invalid: " + std::string(fault.told));
  }
}

// Puts one wrong value after the other into every place of a kind.
TEST(AccessDocument, RefusesAWrongTypeEverywhere) {
  const std::pair<const char*, const char*> places[] = {
      {R"("organizations":[)", "organizations"},
      {R"("administrators":[)", "organizations[0].administrators"},
      {R"("roles":[{"id":"auditor")", "organizations[0].roles"},
      {R"("itwins":[)", "itwins"},
      {R"("owners":[)", "itwins[0].owners"},
      {R"("roles":[{"id":"viewer")", "itwins[0].roles"},
      {R"("groups":[)", "itwins[0].groups"},
      {R"("members":["gina")", "itwins[0].groups[0].members"},
      {R"("members":[{"user")", "itwins[0].members"},
      {R"("roles":["viewer","auditor")", "itwins[0].members[0].roles"},
      {R"("imodels":[)", "imodels"},
      {R"("tiers":[)", "tiers"},
      {R"("limits":[{"calls":500)", "tiers[0].limits"},
      {R"("clients":[)", "clients"},
  };
  for (const auto& [text, place] : places) {
    const std::string start(text);
    const std::size_t bracket = start.find('[');
    const std::string told = std::string("access_document_invalid: ") + place;
    const std::string no_array =
        start.substr(0, bracket) + "{},\"" + start.substr(1, bracket - 3) + "2\":[" + start.substr(bracket + 1);
    EXPECT_EQ(fault_of(replaced(whole, start, no_array)), told + ": must be an array");
    const std::string wrong_element = start.substr(0, bracket) + "[[]," + start.substr(bracket + 1);
    EXPECT_TRUE(fault_of(replaced(whole, start, wrong_element)).starts_with(told + "[0]: must be ")) << place;
    const std::string unknown_key = start.substr(0, bracket) + "[{\"?\":1}," + start.substr(bracket + 1);
    const std::string fault = fault_of(replaced(whole, start, unknown_key));
    EXPECT_TRUE(fault == told + R"([0]["?"]: no such key)" || fault == told + "[0]: must be a string") << fault;
  }
  const Fault faults[] = {
      {R"("id":"0a000000-0000-0000-0000-000000000001")", R"("id":10)",
       "organizations[0].id: must be a GUID such as 2b382042-4a92-46a4-a3cf-db4b77085489"},
      {R"(["imodels_webview","imodels_delete"])", "[1]",
       "organizations[0].roles[0].permissions[0]: no such permission"},
      {R"("name":"free")", R"("name":null)", "tiers[1].name: must be a string"},
      {R"("calls":500)", R"("calls":"500")", "tiers[0].limits[0].calls: must be a whole number below 4294967296"},
      {R"("calls":500)", R"("calls":4294967296)", "tiers[0].limits[0].calls: must be a whole number below 4294967296"},
  };
  for (const Fault& fault : faults) {
    EXPECT_EQ(fault_of(replaced(whole, fault.from, fault.to)), "access_document_invalid: " + std::string(fault.told));
  }
}

// A name that is empty, one that is too long, and one that stands twice, wherever there are names.
TEST(AccessDocument, RefusesAWrongNameEverywhere) {
  struct Names {
    const char* element;
    const char* place;  // of the list
    const char* key;    // of the name within the element
  };
  const Names lists[] = {
      {R"("ada")", "organizations[0].administrators", ""},
      {R"({"id":"auditor","permissions":["imodels_webview","imodels_delete"]})", "organizations[0].roles", ".id"},
      {R"("olga")", "itwins[0].owners", ""},
      {R"({"id":"viewer","permissions":["imodels_webview"]})", "itwins[0].roles", ".id"},
      {R"({"id":"g1","members":["gina","gus"]})", "itwins[0].groups", ".id"},
      {R"("gina")", "itwins[0].groups[0].members", ""},
      {R"({"id":"client-1","tier":"free"})", "clients", ".id"},
  };
  for (const Names& list : lists) {
    const std::string element(list.element);
    const std::string told = std::string("access_document_invalid: ") + list.place;
    const std::size_t name = element.starts_with('{') ? element.find(":\"") + 2 : 1;
    const std::size_t end = element.find('"', name);
    const auto with_name = [&](const std::string& other) {
      return element.substr(0, name) + other + element.substr(end);
    };
    EXPECT_EQ(fault_of(replaced(whole, element, with_name(""))), told + "[0]" + list.key + ": must not be empty");
    EXPECT_EQ(fault_of(replaced(whole, element, with_name(std::string(257, 'x')))),
              told + "[0]" + list.key + ": is too long for a name");
    const std::string twice = fault_of(replaced(whole, element, element + "," + element));
    EXPECT_EQ(twice, told + "[1]" + list.key + ": stands twice");
  }
}

TEST(AccessDocument, TakesUsersAndGroupsOfTheSameNamesAsDifferentMembers) {
  const std::string groups = replaced(whole, R"({"id":"g1","members":["gina","gus"]})",
                                      R"({"id":"g1","members":["gina"]},{"id":"ulf","members":["gus"]})");
  const std::string members = R"({"group":"g1","roles":[]},{"group":"ulf","roles":[]},{"user":"g1","roles":[]})";
  const std::string all = replaced(groups, R"({"group":"g1","roles":[]})", members);
  EXPECT_EQ(fault_of(all), "accepted");
  for (const char* twice : {R"(,{"group":"ulf","roles":[]})", R"(,{"user":"g1","roles":[]})"}) {
    EXPECT_EQ(fault_of(replaced(groups, R"({"group":"g1","roles":[]})", members + twice)),
              "access_document_invalid: itwins[0].members[4]: stands twice");
  }
}

TEST(AccessDocument, TakesRatesUpToTheirLimits) {
  const std::string largest = R"("limits":[{"calls":1000000000,"seconds":31622400},{"calls":1,"seconds":1},)"
                              R"({"calls":1,"seconds":2},{"calls":1,"seconds":3}])";
  EXPECT_TRUE(parse_access_document(replaced(whole, R"("limits":[])", largest)));
}

TEST(AccessDocument, RefusesWhatIsNoStrictJson) {
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("{}x"), std::string("{\"itwins\":[],\"itwins\":[]}"),
        std::string("{\"clients\":[{\"id\":\"\xFF\",\"tier\":\"basic\"}]}")}) {
    EXPECT_TRUE(fault_of(text).starts_with("json_invalid: ")) << text;
  }
  EXPECT_EQ(fault_of("[]"), "access_document_invalid: document: must be an object");
}

TEST(AccessDocument, KeepsItsLimits) {
  Limits limits;
  limits.access_document_bytes_max = whole.size();
  EXPECT_TRUE(parse_access_document(whole, limits));
  limits.access_document_bytes_max = whole.size() - 1;
  EXPECT_TRUE(fault_of(whole, limits).starts_with("json_invalid: "));

  limits = {};
  limits.access_entries_max = 26;
  EXPECT_TRUE(parse_access_document(whole, limits));
  limits.access_entries_max = 25;
  EXPECT_EQ(fault_of(whole, limits), "access_document_invalid: document: has too many entries");

  limits = {};
  limits.itwin_roles_max = 3;
  EXPECT_TRUE(parse_access_document(whole, limits));
  limits.itwin_roles_max = 2;
  EXPECT_EQ(fault_of(whole, limits), "access_document_invalid: itwins[0].roles: too many roles");

  limits = {};
  limits.identifier_bytes_max = 9;
  EXPECT_TRUE(parse_access_document(whole, limits));
  limits.identifier_bytes_max = 8;
  EXPECT_EQ(fault_of(whole, limits), "access_document_invalid: tiers[0].name: is too long for a name");
}

}  // namespace
}  // namespace locket
