#include "two_stores.hpp"

namespace locket {
namespace {

void expect_only_damaged(const CopyReport& report, const Guid& imodel_id) {
  ASSERT_EQ(report.failed.size(), 1U);
  EXPECT_EQ(report.failed[0].imodel_id, imodel_id);
  EXPECT_EQ(report.failed[0].error.code, Code::store_corrupt);
}

TEST_F(CopyStore, TellsADamagedThumbnailAndCopiesTheOthers) {
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(from->put(record(i)));
  from.reset();
  std::string bytes = sample::read_file(folder.file("from.locket"));
  const Record damaged = record(1);
  const std::size_t at = bytes.find(as_text(damaged.large.view()).substr(0, 40));
  ASSERT_NE(at, std::string::npos);
  bytes[at + 20] = static_cast<char>(bytes[at + 20] ^ 1);
  sample::write_file(folder.file("from.locket"), bytes);
  from = std::move(*open_store(folder.file("from.locket")));
  const CopyReport report = copy();
  EXPECT_EQ(report.copied, 2U);
  expect_only_damaged(report, sample::id(1));
  EXPECT_FALSE(*to->find_thumbnail(sample::id(1)));
}

TEST_F(CopyStore, TellsAnEntryThatIsDamagedAndCopiesTheOthers) {
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(from->put(record(i)));
  damage("from.locket", from, sample::id(1), *record(1).itwin_id, 20);
  const CopyReport report = copy();
  EXPECT_TRUE(report.access_copied);
  EXPECT_EQ(report.copied, 2U);
  expect_only_damaged(report, sample::id(1));
}

TEST_F(CopyStore, KeepsWhatTheOtherKnowsOfAnImodelWhoseEntryIsDamagedHere) {
  copy();
  auto access = std::move(*from->load_access(AccessScope::whole));
  access.document.itwins.front().owners.emplace_back("otto");
  ASSERT_TRUE(from->replace_access(access.document));
  const Guid bare{{5}};
  damage("from.locket", from, bare, Guid{{3}}, 20);
  const CopyReport report = copy();
  EXPECT_TRUE(report.access_copied);
  expect_only_damaged(report, bare);
  EXPECT_EQ(to->load_access(AccessScope::configured)->document, from->load_access(AccessScope::configured)->document);
  const auto known = *to->find_imodel(bare);
  ASSERT_TRUE(known);
  EXPECT_EQ(known->facts.itwin_id, Guid{{3}});
}

TEST_F(CopyStore, KeepsNothingUnderAnItwinThatTheFactsDoNotHave) {
  copy();
  auto access = std::move(*from->load_access(AccessScope::whole));
  access.document.itwins.front().id = Guid{{4}};
  for (auto& imodel : access.document.imodels) imodel.itwin_id = Guid{{4}};
  ASSERT_TRUE(from->replace_access(access.document));
  damage("from.locket", from, Guid{{5}}, Guid{{4}}, 20);
  const CopyReport report = copy();
  EXPECT_TRUE(report.access_copied);
  EXPECT_EQ(report.failed.size(), 1U);
  EXPECT_FALSE(*to->find_imodel(Guid{{5}}));
  EXPECT_EQ((*to->find_imodel(Guid{{6}}))->facts.itwin_id, Guid{{4}});
}

TEST_F(CopyStore, GoesOnBesideAnEntryThatIsDamagedThere) {
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(from->put(record(i)));
  copy();
  damage("to.locket", to, sample::id(1), *record(1).itwin_id, 20);
  ASSERT_TRUE(from->put(record(2, 2)));
  const CopyReport report = copy();
  EXPECT_FALSE(report.access_copied);
  EXPECT_EQ(report.copied, 1U);
  expect_only_damaged(report, sample::id(1));
}

TEST_F(CopyStore, WritesFactsBesideAnEntryThatIsDamagedThere) {
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(from->put(record(i)));
  copy();
  auto access = std::move(*from->load_access(AccessScope::whole));
  access.document.itwins.front().owners.emplace_back("otto");
  std::erase_if(access.document.imodels, [](const auto& imodel) { return imodel.itwin_id != Guid{{3}}; });
  access.document.imodels.push_back({sample::id(1), Guid{{3}}, ImodelMode::none, {}});
  ASSERT_TRUE(from->replace_access(access.document));
  damage("to.locket", to, sample::id(1), *record(1).itwin_id, 20);
  for (const bool first : {true, false}) {
    const CopyReport report = copy();
    EXPECT_EQ(report.access_copied, first);
    expect_only_damaged(report, sample::id(1));
  }
  EXPECT_EQ(to->load_access(AccessScope::configured)->document, from->load_access(AccessScope::configured)->document);
}

TEST_F(CopyStore, CopiesAnewWhatTheOtherHasLost) {
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(from->put(record(i)));
  copy();
  damage("to.locket", to, sample::id(1), *record(1).itwin_id, 15);
  const CopyReport report = copy();
  EXPECT_EQ(report.copied, 1U);
  EXPECT_TRUE(report.failed.empty());
  EXPECT_TRUE(*to->find_thumbnail(sample::id(1)));
}

}  // namespace
}  // namespace locket
