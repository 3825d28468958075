#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <utility>
#include <vector>

#include "store/sample.hpp"

namespace locket {
namespace {

std::unique_ptr<Store> open(const std::string& path) {
  auto store = open_store(path);
  EXPECT_TRUE(store) << store.error().detail;
  return store ? std::move(*store) : nullptr;
}

TEST(SqliteStore, KeepsEqualPicturesOnceAndUntilNobodyShowsThem) {
  const sample::Folder folder;
  const auto store = open(folder.file());
  Record first = sample::record({.imodel = 1});
  Record second = first;
  second.imodel_id = sample::id(2);
  ASSERT_TRUE(store->put(first));
  ASSERT_TRUE(store->put(second));
  EXPECT_EQ(store->statistics()->pictures, 2U);
  ASSERT_TRUE(*store->remove(first.imodel_id));
  EXPECT_TRUE(sample::same(**sample::fetch(*store, second.imodel_id, Size::large), second.large));
  ASSERT_TRUE(*store->remove(second.imodel_id));
  EXPECT_EQ(store->statistics()->pictures, 0U);
}

TEST(SqliteStore, AcceptsOnePictureForBothSizes) {
  const sample::Folder folder;
  const auto store = open(folder.file());
  Record record = sample::record({.imodel = 1});
  record.large = record.small;
  ASSERT_TRUE(store->put(record));
  EXPECT_EQ(store->statistics()->pictures, 1U);
  ASSERT_TRUE(store->put(sample::record({.imodel = 1, .version = 2})));
  EXPECT_EQ(store->statistics()->pictures, 2U);
}

TEST(SqliteStore, MakesItsFileForItsOwnerOnly) {
  const sample::Folder folder;
  const auto store = open(folder.file());
  ASSERT_TRUE(store->put(sample::record({})));
  for (const char* suffix : {"", "-wal", "-shm", "-lock"}) {
    struct stat facts{};
    ASSERT_EQ(stat(folder.file(std::string("store.locket") + suffix).c_str(), &facts), 0) << suffix;
    EXPECT_EQ(facts.st_mode & 0777, 0600U) << suffix;
  }
}

TEST(SqliteStore, LeavesOneFileAndItsLockWhenItIsClosed) {
  const sample::Folder folder;
  ASSERT_TRUE(open(folder.file())->put(sample::record({})));
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"store.locket", "store.locket-lock"}));
}

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

TEST_P(AccidentTest, IsMendedByStoringAgainAndRemovingWhatIsNobodys) {
  if (!GetParam().is_mended_by_storing) {
    EXPECT_EQ(store->put(sample::record({.imodel = 2})).error().code, Code::store_corrupt);
    return;
  }
  ASSERT_TRUE(store->put(sample::record({.imodel = 2})));
  EXPECT_EQ(*store->remove(Guid{}), GetParam().leaves_another);
  EXPECT_EQ(left_out(), std::vector<Guid>());
  EXPECT_TRUE(store->check({})->damaged.empty());
}

constexpr Accident accidents[] = {
    {"DELETE FROM upload WHERE imodel_id = ?1", "the entry of its upload is missing"},
    {"UPDATE upload SET imodel_id = zeroblob(16) WHERE imodel_id = ?1", "the entry of its upload is missing", true},
    {"UPDATE upload SET recipe_id = 3 WHERE imodel_id = ?1", "the entry of its upload is damaged"},
    {"UPDATE upload SET source_sha256 = zeroblob(31) WHERE imodel_id = ?1", "the entry of its upload is damaged"},
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
      const auto access = store->load_access(true);
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
  const auto whole = open(folder.file())->load_access(true);
  ASSERT_TRUE(whole) << whole.error().detail;
  std::ranges::sort(document.imodels, {}, &AccessDocument::Imodel::id);
  EXPECT_EQ(whole->document, document);

  change(folder.file(), "UPDATE imodel SET itwin_id = zeroblob(16) WHERE imodel_id = ?1", sample::id(2));
  Lines log;
  StoreOptions options;
  options.log = &log;
  const auto store = std::move(*open_store(folder.file(), options));
  const auto sound = store->load_access(true);
  ASSERT_TRUE(sound) << sound.error().detail;
  std::erase_if(document.imodels, [](const auto& each) { return each.id == sample::id(2); });
  EXPECT_EQ(sound->document, document);
  EXPECT_EQ(sound->left_out, std::vector{sample::id(2)});
  ASSERT_EQ(log.lines.size(), 1U);
  EXPECT_EQ(log.lines.front(),
            "store.damaged: iModel " + to_string(sample::id(2)) + ": the entry of the iModel is damaged");
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

TEST(SqliteStore, WritesNothingOnceAnotherFileHasItsName) {
  const sample::Folder folder;
  ASSERT_TRUE(open(folder.file())->put(sample::record({.imodel = 1})));
  ASSERT_TRUE(open(folder.file("other"))->put(sample::record({.imodel = 2})));
  {
    const auto store = open(folder.file());  // which has not looked at its file since
    std::filesystem::rename(folder.file("other"), folder.file());
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(store->put(sample::record({.imodel = 3})).error().code, Code::store_io_failed);
    }
  }
  const auto store = open(folder.file());
  EXPECT_TRUE(*sample::fetch(*store, sample::id(2), Size::small));
  EXPECT_FALSE(*sample::fetch(*store, sample::id(3), Size::small));
}

TEST(SqliteStore, CopiesItselfWhileItIsInUse) {
  const sample::Folder folder;
  const auto store = open(folder.file());
  const Record record = sample::record({.imodel = 4});
  ASSERT_TRUE(store->put(record));
  const auto copied = store->backup(folder.file("copy.locket"));
  ASSERT_TRUE(copied) << copied.error().detail;
  const auto copy = open(folder.file("copy.locket"));
  EXPECT_TRUE(sample::same(**sample::fetch(*copy, record.imodel_id, Size::large), record.large));
  EXPECT_EQ(store->backup(folder.file()).error().code, Code::argument_invalid);
}

TEST(SqliteStore, CopiesItselfOverAnOlderCopyButNotOverOneInUse) {
  const sample::Folder folder;
  const auto store = open(folder.file());
  const std::string path = folder.file("copy.locket");
  ASSERT_TRUE(store->put(sample::record({.imodel = 4})));
  ASSERT_TRUE(store->backup(path));
  const Record newer = sample::record({.imodel = 4, .version = 2});
  ASSERT_TRUE(store->put(newer));
  {
    // Its log would be taken for the new copy's.
    const auto used = open(path);
    ASSERT_TRUE(used->put(sample::record({.imodel = 5, .large_bytes = 40'000})));
    const auto refused = store->backup(path);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::store_open_failed);
    EXPECT_NE(refused.error().detail.find("-wal"), std::string::npos) << refused.error().detail;
    EXPECT_TRUE(*used->find_imodel(sample::id(5)));
  }
  {
    // One that is open and has written nothing has an empty log; what it writes later would be lost.
    const auto idle = open(path);
    const auto refused = store->backup(path);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::store_open_failed);
    EXPECT_TRUE(idle->put(sample::record({.imodel = 6})));
  }
  const auto copied = store->backup(path);
  ASSERT_TRUE(copied) << copied.error().detail;
  EXPECT_TRUE(sample::same(**sample::fetch(*open(path), newer.imodel_id, Size::large), newer.large));
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string database_of_another_program(const std::string& path) {
  sqlite3* database = nullptr;
  EXPECT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, "CREATE TABLE note (text TEXT)", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
  return content_of(path);
}

TEST(SqliteStore, CopiesItselfOverNothingButAStore) {
  const sample::Folder folder;
  const auto store = open(folder.file());
  ASSERT_TRUE(store->put(sample::record({.imodel = 4})));
  const std::string path = folder.file("taken");
  const std::string texts[] = {"", "a letter", std::string(5'000, 'x'),
                               database_of_another_program(folder.file("other"))};
  for (const std::string& text : texts) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
    const auto refused = store->backup(path);
    ASSERT_FALSE(refused) << text.size();
    EXPECT_EQ(refused.error().code, Code::store_foreign) << refused.error().detail;
    EXPECT_EQ(content_of(path), text);
  }
  ASSERT_EQ(unlink(path.c_str()), 0);
  ASSERT_EQ(symlink(folder.file("other").c_str(), path.c_str()), 0);
  EXPECT_EQ(store->backup(path).error().code, Code::store_foreign);
  EXPECT_EQ(content_of(path), texts[3]);
  ASSERT_EQ(unlink(path.c_str()), 0);
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(store->backup(path).error().code, Code::store_open_failed);
  struct stat facts{};
  ASSERT_EQ(stat(path.c_str(), &facts), 0);
  EXPECT_TRUE(S_ISFIFO(facts.st_mode));
  EXPECT_EQ(store->backup(folder.path()).error().code, Code::store_open_failed);
}

TEST(SqliteStore, CopiesItselfOverACopyThatIsDamagedOrOfANewerVersion) {
  const sample::Folder folder;
  const auto store = open(folder.file());
  ASSERT_TRUE(store->put(sample::record({.imodel = 4})));
  const std::string path = folder.file("copy.locket");
  ASSERT_TRUE(store->backup(path));
  std::string newer = content_of(path);
  const std::string cut = newer.substr(0, newer.size() / 2);
  newer[63] = 9;  // the last byte of the version, in the header
  for (const std::string& text : {cut, newer}) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
    EXPECT_FALSE(open_store(path));
    const auto copied = store->backup(path);
    EXPECT_TRUE(copied) << copied.error().detail;
    EXPECT_TRUE(open(path)->find_thumbnail(sample::id(4)));
  }
}

}  // namespace
}  // namespace locket
