#include "store/conformance.hpp"
#include "store/sample.hpp"

namespace locket {
namespace {

PermissionSet permissions(std::uint32_t bits) { return PermissionSet::from_bits(bits); }

/// Every kind of entry, each list in the order of its keys, as the store gives them back.
AccessDocument document() {
  AccessDocument made;
  const Guid organization{{1}};
  made.organizations = {{organization, {"ada", "bea"}, {{"auditor", permissions(1)}}}, {Guid{{2}}, {}, {}}};
  AccessDocument::Itwin itwin{Guid{{3}}, organization, {"own'er", "second"}, {}, {}, {}};
  itwin.roles = {{"editor", permissions(9)}, {"viewer", permissions(1)}};
  itwin.groups = {{"empty", {}}, {"team", {"gus", "ida"}}};
  itwin.members = {{"carl", "", {}}, {"dora", "", {"auditor", "viewer"}}, {"", "empty", {}}, {"", "team", {"editor"}}};
  made.itwins = {itwin, {Guid{{4}}, organization, {}, {}, {}, {}}};
  made.imodels = {{Guid{{5}}, Guid{{3}}, ImodelMode::none, {}},
                  {Guid{{6}}, Guid{{3}}, ImodelMode::roles, {{"auditor", permissions(1)}, {"editor", permissions(15)}}},
                  {Guid{{7}}, Guid{{4}}, ImodelMode::users, {{"carl", permissions(15)}}},
                  {Guid{{8}}, Guid{{4}}, ImodelMode::users, {}}};
  made.tiers = {{"small", {{500, 60}, {5'000, 3'600}}}, {"big", {{5'000, 60}}}, {"endless", {}}};
  made.clients = {{"client-1", "small"}, {"client-2", "big"}};
  return made;
}

TEST_P(AccessConformance, StartEmpty) {
  const auto access = store->load_access(AccessScope::whole);
  ASSERT_TRUE(access);
  EXPECT_EQ(access->document, AccessDocument());
  EXPECT_EQ(access->revision, *store->access_revision());
}

TEST_P(AccessConformance, GiveBackTheDocumentThatWasWritten) {
  const auto revision = store->replace_access(document());
  ASSERT_TRUE(revision) << revision.error().detail;
  const auto access = store->load_access(AccessScope::whole);
  ASSERT_TRUE(access) << access.error().detail;
  EXPECT_TRUE(access->document == document());
  EXPECT_EQ(access->revision, *revision);
  EXPECT_EQ(*store->access_revision(), *revision);
}

TEST_P(AccessConformance, LeaveOutUnconfiguredImodelsUnlessAsked) {
  ASSERT_TRUE(store->replace_access(document()));
  auto expected = document();
  expected.imodels.erase(expected.imodels.begin());
  EXPECT_TRUE(store->load_access(AccessScope::configured)->document == expected);
}

TEST_P(AccessConformance, GiveTheFactsOfAnImodelThatOnlyTheyName) {
  ASSERT_TRUE(store->replace_access(document()));
  const auto entry = store->find_imodel(Guid{{5}});
  ASSERT_TRUE(entry && *entry);
  EXPECT_EQ((*entry)->facts.itwin_id, Guid{{3}});
  EXPECT_FALSE((*entry)->uploaded);
}

TEST_P(AccessConformance, KeepAnUnnamedImodelWithAThumbnailUnconfiguredAndForgetOneWithout) {
  ASSERT_TRUE(store->replace_access(document()));
  Record record = sample::record({});
  record.imodel_id = Guid{{6}};
  ASSERT_TRUE(store->put(record));
  ASSERT_TRUE(store->replace_access({}));
  const auto access = store->load_access(AccessScope::whole);
  ASSERT_TRUE(access);
  AccessDocument expected;
  expected.imodels = {{Guid{{6}}, Guid{{3}}, ImodelMode::none, {}}};
  EXPECT_TRUE(access->document == expected);
  EXPECT_FALSE(store->find_imodel(Guid{{7}})->has_value());
  EXPECT_TRUE(sample::same(**sample::fetch(*store, Guid{{6}}, Size::small), record.small));
}

TEST_P(AccessConformance, MoveAnImodelToTheItwinTheyName) {
  Record record = sample::record({});
  record.imodel_id = Guid{{6}};
  ASSERT_TRUE(store->put(record));
  ASSERT_TRUE(store->replace_access(document()));
  const auto entry = store->find_imodel(Guid{{6}});
  ASSERT_TRUE(entry && *entry);
  EXPECT_EQ((*entry)->facts.itwin_id, Guid{{3}});
  EXPECT_TRUE((*entry)->uploaded);
}

TEST_P(AccessConformance, RaiseTheRevisionWithEveryChangeAndWithNothingElse) {
  const auto before = *store->access_revision();
  ASSERT_TRUE(store->put(sample::record({})));
  EXPECT_EQ(*store->access_revision(), before);
  ASSERT_TRUE(store->replace_access(document()));
  const auto after = *store->access_revision();
  EXPECT_GT(after, before);
  ASSERT_TRUE(store->replace_access(document()));
  EXPECT_GT(*store->access_revision(), after);
}

TEST_P(AccessConformance, ShowAChangeAtOnceToAnotherOpenStore) {
  const auto other = open();
  ASSERT_NE(other, nullptr);
  for (int i = 0; i < 20; ++i) {
    const auto revision = store->replace_access(document());
    ASSERT_TRUE(revision);
    ASSERT_EQ(*other->access_revision(), *revision);
  }
}

TEST_P(AccessConformance, StayWholeWhenADocumentIsRefused) {
  ASSERT_TRUE(store->replace_access(document()));
  auto twice = document();
  twice.clients.push_back(twice.clients.front());
  EXPECT_EQ(store->replace_access(twice).error().code, Code::access_document_invalid);
  auto dangling = document();
  dangling.clients.push_back({"client-3", "no such tier"});
  EXPECT_EQ(store->replace_access(dangling).error().code, Code::access_document_invalid);
  // Only the rules know what is wrong with these; stored, they would let nobody in any more.
  auto nameless = document();
  nameless.itwins[0].owners.emplace_back();
  EXPECT_EQ(store->replace_access(nameless).error().code, Code::access_document_invalid);
  auto garbled = document();
  garbled.itwins[0].owners.emplace_back("\xff");
  EXPECT_EQ(store->replace_access(garbled).error().code, Code::access_document_invalid);
  auto timeless = document();
  timeless.tiers[0].windows.push_back({.calls = 1, .seconds = 0});
  const auto refused = store->replace_access(timeless);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::access_document_invalid);
  EXPECT_EQ(refused.error().detail.substr(0, 16), "tiers[0].limits[") << "tells the place";
  EXPECT_TRUE(store->load_access(AccessScope::whole)->document == document());
  EXPECT_EQ(*store->access_revision(), 1U);
}

}  // namespace
}  // namespace locket
