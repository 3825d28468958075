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

using sample::open;

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

std::string database_of_another_program(const std::string& path) {
  sqlite3* database = nullptr;
  EXPECT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, "CREATE TABLE note (text TEXT)", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
  return sample::read_file(path);
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
    EXPECT_EQ(sample::read_file(path), text);
  }
  ASSERT_EQ(unlink(path.c_str()), 0);
  ASSERT_EQ(symlink(folder.file("other").c_str(), path.c_str()), 0);
  EXPECT_EQ(store->backup(path).error().code, Code::store_foreign);
  EXPECT_EQ(sample::read_file(path), texts[3]);
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
  std::string newer = sample::read_file(path);
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

TEST(SqliteStore, CopiesNoDamageOverAnOlderCopy) {
  const sample::Folder folder;
  const auto store = sample::open(folder.file());
  ASSERT_TRUE(store->put(sample::record({.imodel = 1})));
  ASSERT_TRUE(store->backup(folder.file("copy")));
  const std::string older = sample::read_file(folder.file("copy"));
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(folder.file().c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, "UPDATE picture SET data = zeroblob(length(data))", nullptr, nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(database);
  const auto copied = store->backup(folder.file("copy"));
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().code, Code::store_corrupt);
  EXPECT_EQ(sample::read_file(folder.file("copy")), older);
}

// Where it waited within a transaction, the log could not shrink, and writers would be refused in the end.
TEST(StoreCheck, AProgressThatTakesItsTimeKeepsNobodyFromWriting) {
  const sample::Folder folder;
  StoreOptions options;
  options.limits.wal_bytes_max = 1 << 20;
  options.limits.wal_held_bytes_max = 4 << 20;
  const auto store = open_store(folder.file(), options).value();
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(store->put(sample::record({.imodel = i})));
  constexpr std::uint64_t more = 60;
  std::uint64_t put = 0;
  CheckOptions check;
  check.progress = [&](std::uint64_t, std::uint64_t) {
    for (; put < more; ++put) {
      EXPECT_TRUE(store->put(sample::record({.imodel = 100 + put, .large_bytes = 200'000}))) << put;
    }
    return true;
  };
  const auto report = store->check(check);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_TRUE(report->damaged.empty());
  EXPECT_EQ(put, more);
}

}  // namespace
}  // namespace locket
