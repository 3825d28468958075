#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "store/sample.hpp"

namespace locket {
namespace {

using sample::open;

// A change to the file that SQLite does not notice. `?1` is the id.
void change(const std::string& path, const char* sql, const Guid& id, int rows = 1) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, "PRAGMA ignore_check_constraints = ON", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_stmt* statement = nullptr;
  ASSERT_EQ(sqlite3_prepare_v2(database, sql, -1, &statement, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
  ASSERT_EQ(sqlite3_bind_blob(statement, 1, id.bytes.data(), 16, SQLITE_STATIC), SQLITE_OK);
  EXPECT_EQ(sqlite3_step(statement), SQLITE_DONE) << sqlite3_errmsg(database);
  EXPECT_EQ(sqlite3_changes(database), rows);
  sqlite3_finalize(statement);
  sqlite3_close(database);
}

/// What a store tells of itself in its log.
struct Lines final : LogSink {
  void write(LogLevel, std::string_view event, std::string_view detail) noexcept override {
    lines.push_back(std::string(event) + ": " + std::string(detail));
  }
  std::vector<std::string> lines;
};

/// A thing that happens to the second of three thumbnails, and what is told of it.
struct Accident {
  const char* sql;
  const char* fault;
  bool leaves_another = false;  // an entry that is nobody's
  bool is_mended_by_storing = true;
};

class AccidentTest : public testing::TestWithParam<Accident> {
 protected:
  static constexpr std::size_t thumbnails = 3;

  void SetUp() override {
    {
      const auto sound = open(folder.file());
      for (std::uint64_t i = 1; i <= thumbnails; ++i) ASSERT_TRUE(sound->put(sample::record({.imodel = i})));
    }
    change(folder.file(), GetParam().sql, second);
    StoreOptions options;
    options.log = &log;
    store = std::move(*open_store(folder.file(), options));
  }

  std::vector<Guid> left_out() {
    std::vector<Guid> found;
    const auto listed = store->list([&](const StoredThumbnail& thumbnail) {
      found.push_back(thumbnail.facts.imodel_id);
      return true;
    });
    EXPECT_TRUE(listed) << listed.error().detail;
    EXPECT_EQ(found.size() + (std::ranges::count(found, second) > 0 ? 0 : 1), thumbnails);
    EXPECT_TRUE(std::ranges::is_sorted(found));
    return listed.value_or(std::vector<Guid>());
  }

  const sample::Folder folder;
  const Guid second = sample::id(2);
  Lines log;
  std::unique_ptr<Store> store;
};

TEST_P(AccidentTest, KeepsNothingBackButWhatItMet) {
  std::vector<Guid> expected{second};
  if (GetParam().leaves_another) expected.insert(expected.begin(), Guid{});
  EXPECT_EQ(left_out(), expected);
  EXPECT_TRUE(std::ranges::count(log.lines, "store.damaged: iModel " + to_string(second) + ": " + GetParam().fault) >
              0);
  EXPECT_EQ(log.lines.size(), expected.size());
  EXPECT_EQ(store->find_thumbnail(second).error().code, Code::store_corrupt);
  const auto report = store->check({});
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_TRUE(std::ranges::any_of(
      report->damaged, [&](const Damage& told) { return told.imodel_id == second && told.what == GetParam().fault; }));
}

TEST_P(AccidentTest, IsMendedByStoringAgainAndRemoving) {
  Record again = sample::record({.imodel = 2});
  if (!GetParam().is_mended_by_storing) {
    EXPECT_EQ(store->put(again).error().code, Code::store_corrupt);
    EXPECT_TRUE(*store->remove(second));
    EXPECT_FALSE(*store->remove(second));
    EXPECT_FALSE(*store->find_imodel(second));
    EXPECT_TRUE(store->check({})->damaged.empty());
    const auto itwin_id = std::exchange(again.itwin_id, std::nullopt);
    EXPECT_EQ(store->put(again).error().code, Code::argument_invalid);
    again.itwin_id = itwin_id;
  }
  ASSERT_TRUE(store->put(again));
  EXPECT_EQ(*store->remove(Guid{}), GetParam().leaves_another);
  EXPECT_EQ(left_out(), std::vector<Guid>());
  EXPECT_TRUE(store->check({})->damaged.empty());
}

constexpr Accident accidents[] = {
    {"DELETE FROM upload WHERE imodel_id = ?1", "the entry of its upload is missing"},
    {"UPDATE upload SET imodel_id = zeroblob(16) WHERE imodel_id = ?1", "the entry of its upload is missing", true},
    {"UPDATE upload SET recipe_id = 3 WHERE imodel_id = ?1", "the entry of its upload is damaged"},
    {"UPDATE upload SET source_sha256 = zeroblob(31) WHERE imodel_id = ?1", "the entry of its upload is damaged"},
    {"DELETE FROM imodel WHERE imodel_id = ?1", "there is the entry of an upload, but no thumbnail"},
    {"UPDATE imodel SET itwin_id = zeroblob(16) WHERE imodel_id = ?1", "the entry of the iModel is damaged", false,
     false},
    {"UPDATE imodel SET revision = NULL WHERE imodel_id = ?1", "the entry of the iModel is damaged", false, false}};

INSTANTIATE_TEST_SUITE_P(SqliteStore, AccidentTest, testing::ValuesIn(accidents));

// As many as are read at once, and more: an entry may stand where a reading ends.
class UnreadableIdTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(UnreadableIdTest, KeepsNothingElseBackWhereverItStands) {
  const std::uint64_t imodels = GetParam();
  const sample::Folder sound;
  std::vector<Guid> ids;
  {
    const auto store = open(sound.file());
    for (std::uint64_t i = 1; i <= imodels; ++i) {
      ASSERT_TRUE(store->put(sample::record({.imodel = i, .small_bytes = 60, .large_bytes = 90})));
      ids.push_back(sample::id(i));
    }
  }
  std::ranges::sort(ids);
  for (const char* sql : {"UPDATE upload SET imodel_id = substr(imodel_id, 1, 15) WHERE imodel_id = ?1",
                          "UPDATE imodel SET imodel_id = substr(imodel_id, 1, 15) WHERE imodel_id = ?1"}) {
    for (const std::size_t place : std::vector<std::size_t>{0, 7, 254, 255, imodels - 1}) {
      const sample::Folder folder;
      std::filesystem::copy(sound.file(), folder.file());
      change(folder.file(), sql, ids[place]);
      const auto store = open(folder.file());
      std::size_t found = 0;
      const auto listed = store->list([&](const StoredThumbnail&) { return ++found > 0; });
      ASSERT_TRUE(listed) << sql << place << listed.error().detail;
      EXPECT_EQ(*listed, (std::vector{Guid{}, ids[place]})) << sql << place;
      EXPECT_EQ(found, imodels - 1);
      const auto access = store->load_access(AccessScope::whole);
      ASSERT_TRUE(access) << access.error().detail;
      EXPECT_EQ(access->document.imodels.size() + access->left_out.size(), imodels);
      const auto report = store->check({});
      EXPECT_TRUE(
          std::ranges::any_of(report->damaged, [&](const Damage& told) { return told.imodel_id == ids[place]; }));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(SqliteStore, UnreadableIdTest, testing::Values(256, 300));

// Where no iModel is left, all uploads are told of, and not all at once.
TEST(SqliteStore, TellsOfEveryUploadWhereTheImodelsAreLost) {
  const sample::Folder folder;
  constexpr std::uint64_t imodels = 1'200;
  {
    const auto store = open(folder.file());
    for (std::uint64_t i = 1; i <= imodels; ++i) {
      ASSERT_TRUE(store->put(sample::record({.imodel = i, .small_bytes = 60, .large_bytes = 90})));
    }
  }
  change(folder.file(), "DELETE FROM imodel WHERE imodel_id <> ?1", sample::id(7), imodels - 1);
  std::size_t found = 0;
  const auto listed = open(folder.file())->list([&](const StoredThumbnail&) { return ++found > 0; });
  ASSERT_TRUE(listed) << listed.error().detail;
  EXPECT_EQ(found, 1U);
  EXPECT_EQ(listed->size(), imodels - 1);
  EXPECT_TRUE(std::ranges::is_sorted(*listed));
  EXPECT_EQ(std::ranges::adjacent_find(*listed), listed->end());
}

TEST(SqliteStore, ReadsTheFactsWithoutADamagedImodelOnWhichNothingIsConfigured) {
  const sample::Folder folder;
  AccessDocument document;
  document.organizations = {{Guid{{1}}, {"ada"}, {}}};
  document.itwins = {{Guid{{3}}, Guid{{1}}, {"olivia"}, {}, {}, {}}};
  const auto imodel = [](std::uint64_t number, ImodelMode mode) {
    return AccessDocument::Imodel{sample::id(number), Guid{{3}}, mode, {}};
  };
  for (std::uint64_t i = 1; i <= 600; ++i) {
    document.imodels.push_back(imodel(i, i % 7 == 0 ? ImodelMode::users : ImodelMode::none));
  }
  ASSERT_TRUE(open(folder.file())->replace_access(document));
  const auto whole = open(folder.file())->load_access(AccessScope::whole);
  ASSERT_TRUE(whole) << whole.error().detail;
  std::ranges::sort(document.imodels, {}, &AccessDocument::Imodel::id);
  EXPECT_EQ(whole->document, document);

  change(folder.file(), "UPDATE imodel SET itwin_id = zeroblob(16) WHERE imodel_id = ?1", sample::id(2));
  Lines log;
  StoreOptions options;
  options.log = &log;
  const auto store = std::move(*open_store(folder.file(), options));
  const auto sound = store->load_access(AccessScope::whole);
  ASSERT_TRUE(sound) << sound.error().detail;
  std::erase_if(document.imodels, [](const auto& each) { return each.id == sample::id(2); });
  EXPECT_EQ(sound->document, document);
  EXPECT_EQ(sound->left_out, std::vector{sample::id(2)});
  ASSERT_EQ(log.lines.size(), 1U);
  EXPECT_EQ(log.lines.front(),
            "store.damaged: iModel " + to_string(sample::id(2)) + ": the entry of the iModel is damaged");
}

/// Two iModels with thumbnails, which `max` may see by what is configured on them.
class DamagedConfiguredImodel : public testing::Test {
 protected:
  void SetUp() override {
    const Guid itwin = *sample::record({}).itwin_id;
    facts.organizations = {{Guid{{1}}, {}, {}}};
    facts.itwins = {{itwin, Guid{{1}}, {"olivia"}, {}, {}, {}}};
    for (const Guid& imodel : {first, second}) {
      facts.imodels.push_back({imodel, itwin, ImodelMode::users, {{"max", PermissionSet::from_bits(1)}}});
    }
    const auto sound = open(folder.file());
    ASSERT_TRUE(sound->replace_access(facts));
    ASSERT_TRUE(sound->put(sample::record({.imodel = 1})));
    ASSERT_TRUE(sound->put(sample::record({.imodel = 2})));
    for (auto& imodel : facts.imodels) imodel.granted.clear();
  }

  const sample::Folder folder;
  const Guid first = sample::id(1);
  const Guid second = sample::id(2);
  AccessDocument facts;  // which withdraw what `max` may
};

TEST_F(DamagedConfiguredImodel, KeepsNoPermissionFromBeingWithdrawn) {
  change(folder.file(), "UPDATE imodel SET revision = revision + 1 WHERE imodel_id = ?1", second);
  const auto store = open(folder.file());
  ASSERT_TRUE(store->replace_access(facts));
  EXPECT_EQ(store->load_access(AccessScope::configured)->document, facts);
  EXPECT_EQ(store->find_imodel(second).error().code, Code::store_corrupt);
  EXPECT_EQ(store->check({})->damaged.front().imodel_id, second);
  // Its iTwin is proven by the facts, which keep it.
  EXPECT_TRUE(*store->remove(second));
  EXPECT_EQ(store->load_access(AccessScope::configured)->document, facts);
  Record again = sample::record({.imodel = 2});
  again.itwin_id = Guid{{9}};
  ASSERT_TRUE(store->put(again));
  EXPECT_EQ((*store->find_imodel(second))->facts.itwin_id, facts.itwins.front().id);
  EXPECT_TRUE(store->check({})->damaged.empty());
}

TEST_F(DamagedConfiguredImodel, IsMendedByTheFactsWhereItsItwinAloneIsWrong) {
  change(folder.file(), "UPDATE imodel SET itwin_id = zeroblob(16) WHERE imodel_id = ?1", second);
  const auto store = open(folder.file());
  EXPECT_EQ(store->load_access(AccessScope::configured).error().code, Code::store_corrupt);
  ASSERT_TRUE(store->replace_access(facts));
  EXPECT_EQ(store->load_access(AccessScope::configured)->document, facts);
  EXPECT_TRUE(*sample::fetch(*store, second, Size::large));
  EXPECT_TRUE(store->check({})->damaged.empty());
}

TEST_F(DamagedConfiguredImodel, KeepsNothingBackWhereItSeemsToHaveNoThumbnail) {
  change(folder.file(), "UPDATE imodel SET revision = NULL WHERE imodel_id = ?1", second);
  const auto store = open(folder.file());
  ASSERT_TRUE(store->replace_access(facts));
  EXPECT_EQ(store->find_imodel(second).error().code, Code::store_corrupt);
  EXPECT_TRUE(*store->remove(second));
  EXPECT_FALSE((*store->find_imodel(second))->uploaded);
  EXPECT_TRUE(store->check({})->damaged.empty());
}

// What damage of a row's own header may leave, and no statement can while the table is as it was made.
void hold_a_text_for_a_number(const std::string& path, const Guid& imodel_id) {
  const auto declare = [&](const char* from, const char* to) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    const std::string sql =
        std::string("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, ') ") + from + "', ') " +
        to + "') WHERE name = 'imodel'";
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    sqlite3_close(database);
  };
  declare("STRICT, WITHOUT ROWID", "WITHOUT ROWID");
  change(path, "UPDATE imodel SET large_bytes = 'many' WHERE imodel_id = ?1", imodel_id);
  declare("WITHOUT ROWID", "STRICT, WITHOUT ROWID");
}

TEST_F(DamagedConfiguredImodel, IsRemovedBeforeTheFactsAreReplacedWhereItHoldsWhatNoRowCan) {
  hold_a_text_for_a_number(folder.file(), second);
  const auto store = open(folder.file());
  const auto replaced = store->replace_access(facts);
  ASSERT_FALSE(replaced);
  EXPECT_EQ(replaced.error().code, Code::store_corrupt);
  EXPECT_EQ(replaced.error().detail, "the entry of iModel " + to_string(second) + " is damaged");
  EXPECT_TRUE(*store->remove(second));
  ASSERT_TRUE(store->replace_access(facts));
  EXPECT_EQ(store->load_access(AccessScope::configured)->document, facts);
  EXPECT_TRUE(store->check({})->damaged.empty());
}

TEST(SqliteStore, TellsItsLogOfDamageThatAWriterMeets) {
  const sample::Folder folder;
  Lines log;
  StoreOptions options;
  options.log = &log;
  const auto store = std::move(open_store(folder.file(), options).value());
  ASSERT_TRUE(store->put(sample::record({.imodel = 1})));
  change(folder.file(), "UPDATE state SET pictures = pictures + 1 WHERE ?1 NOT NULL", sample::id(1));
  const auto put = store->put(sample::record({.imodel = 2}));
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, Code::store_corrupt);
  EXPECT_EQ(log.lines, std::vector<std::string>{"store.damaged: the store's state is damaged"});
}

TEST(SqliteStore, TellsItsLogInOneLineEach) {
  const sample::Folder folder;
  {
    const auto store = open(folder.file());
    for (std::uint64_t i = 1; i <= 20; ++i)
      ASSERT_TRUE(store->put(sample::record({.imodel = i, .large_bytes = 90'000})));
  }
  const std::string sound = sample::read_file(folder.file());
  constexpr std::size_t page_bytes = 16'384;
  std::size_t told = 0;
  for (std::size_t page = 2; page < 40; ++page) {
    std::string bytes = sound;
    bytes.replace(page * page_bytes, 64, 64, '\xFF');
    sample::write_file(folder.file(), bytes);
    Lines log;
    StoreOptions options;
    options.log = &log;
    const auto store = open_store(folder.file(), options);
    if (!store || (*store)->backup(folder.file("copy"))) continue;
    told += log.lines.size();
    for (const std::string& line : log.lines) EXPECT_EQ(line.find('\n'), std::string::npos) << line;
  }
  EXPECT_GT(told, 10U);
}

}  // namespace
}  // namespace locket
