#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "store/sample.hpp"

namespace locket {
namespace {

void run_sql(const std::string& path, const char* sql) {
  sqlite3* connection = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &connection), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(connection, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(connection);
  sqlite3_close(connection);
}

/// The page at which a table begins.
std::size_t root_page_of(const std::string& path, const std::string& table) {
  sqlite3* connection = nullptr;
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(sqlite3_open(path.c_str(), &connection), SQLITE_OK);
  const std::string sql = "SELECT rootpage FROM sqlite_schema WHERE name = '" + table + "'";
  EXPECT_EQ(sqlite3_prepare_v2(connection, sql.c_str(), -1, &statement, nullptr), SQLITE_OK);
  EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
  const auto page = static_cast<std::size_t>(sqlite3_column_int64(statement, 0));
  sqlite3_finalize(statement);
  sqlite3_close(connection);
  return page;
}

/// Opening must be refused with a code, and leave the file and its neighbours as they are.
void expect_refused(const std::string& path, Code code) {
  const std::string before = sample::read_file(path);
  const auto store = open_store(path);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, code) << store.error().detail;
  EXPECT_FALSE(store.error().detail.empty());
  EXPECT_EQ(sample::read_file(path), before);
  for (const char* suffix : {"-wal", "-shm", "-journal"}) EXPECT_NE(access((path + suffix).c_str(), F_OK), 0) << suffix;
}

std::string made_store(const sample::Folder& folder) {
  const std::string path = folder.file();
  EXPECT_TRUE(open_store(path));
  return path;
}

TEST(OpenStore, RefusesALimitThatNoStoreCanKeep) {
  const sample::Folder folder;
  StoreOptions large_pictures;
  large_pictures.limits.stored_picture_bytes_max = (64 << 20) + 1;
  StoreOptions long_texts;
  long_texts.limits.stored_text_bytes_max = (1 << 20) + 1;
  for (const StoreOptions& options : {large_pictures, long_texts}) {
    const auto store = open_store(folder.file(), options);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, Code::argument_invalid);
    EXPECT_NE(access(folder.file().c_str(), F_OK), 0);
  }
}

TEST(OpenStore, KeepsThePictureAndTheTextsOfTheLargestSizesThatThereCanBe) {
  const sample::Folder folder;
  StoreOptions options;
  options.limits.stored_picture_bytes_max = 64 << 20;
  options.limits.stored_text_bytes_max = 1 << 20;
  const auto store = open_store(folder.file(), options);
  ASSERT_TRUE(store);
  Record largest = sample::record({.imodel = 1, .version = 1, .small_bytes = 60, .large_bytes = 90});
  largest.large = HashedBytes(sample::bytes(64 << 20, 1));
  largest.recipe = largest.source_path = largest.uploaded_by = std::string(1 << 20, 'x');
  ASSERT_TRUE((*store)->put(largest));
  EXPECT_EQ((*store)->read_for_operator(sample::id(1)).value()->large.size(), std::size_t{64} << 20);
  EXPECT_EQ((*store)->find_thumbnail(sample::id(1)).value()->recipe, largest.recipe);
  const std::string text(1 << 20, 'y');
  EXPECT_TRUE((*store)->remember_failure({text, text, text, 7}));
}

TEST(OpenStore, RefusesAnEmptyFile) {
  const sample::Folder folder;
  sample::write_file(folder.file(), "");
  expect_refused(folder.file(), Code::store_foreign);
}

TEST(OpenStore, RefusesText) {
  const sample::Folder folder;
  sample::write_file(folder.file(), "hello");
  expect_refused(folder.file(), Code::store_foreign);
  sample::write_file(folder.file(), std::string(100'000, 'x'));
  expect_refused(folder.file(), Code::store_foreign);
}

TEST(OpenStore, RefusesAnotherProgramsDatabase) {
  const sample::Folder folder;
  run_sql(folder.file(), "CREATE TABLE t (a)");
  expect_refused(folder.file(), Code::store_foreign);
  run_sql(folder.file(), "PRAGMA application_id = 4711");
  expect_refused(folder.file(), Code::store_foreign);
}

TEST(OpenStore, RefusesANewerStore) {
  const sample::Folder folder;
  const std::string path = made_store(folder);
  run_sql(path, "PRAGMA user_version = 99");
  expect_refused(path, Code::store_newer);
}

TEST(OpenStore, RefusesATruncatedStore) {
  const sample::Folder folder;
  const std::string path = made_store(folder);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  expect_refused(path, Code::store_corrupt);
}

TEST(OpenStore, RefusesADamagedSchema) {
  const sample::Folder folder;
  const std::string path = made_store(folder);
  std::string content = sample::read_file(path);
  const auto place = content.find("CREATE TABLE picture");
  ASSERT_NE(place, std::string::npos);
  content[place + 30] ^= 4;
  sample::write_file(path, content);
  expect_refused(path, Code::store_corrupt);
}

TEST(OpenStore, RefusesATriggerOfAStranger) {
  const sample::Folder folder;
  const std::string path = made_store(folder);
  run_sql(path, "CREATE TRIGGER t AFTER INSERT ON recipe BEGIN DELETE FROM failure; END");
  expect_refused(path, Code::store_corrupt);
}

constexpr std::size_t page_bytes = 16'384;
constexpr char leaf_of_numbers = 13;

/// A page of a table's tree whose branches all lead to one page (sqlite.org/fileformat2.html, section 1.6). The rows
/// are found by numbers or by keys.
std::string page_of_branches(std::uint32_t child, std::size_t header_at, bool by_numbers = true) {
  constexpr std::size_t branches = 1'000;
  const std::size_t branch_bytes = by_numbers ? 5 : 7;
  std::string page(page_bytes, '\0');
  const auto put = [&](std::size_t at, std::uint32_t value, int bytes) {
    for (int byte = bytes; byte-- > 0; value >>= 8)
      page[at + static_cast<std::size_t>(byte)] = static_cast<char>(value);
  };
  page[header_at] = by_numbers ? 5 : 2;
  put(header_at + 3, branches, 2);
  put(header_at + 5, static_cast<std::uint32_t>(page_bytes - branches * branch_bytes), 2);
  put(header_at + 8, child, 4);
  for (std::size_t i = 0; i < branches; ++i) {
    const std::size_t at = page_bytes - (i + 1) * branch_bytes;
    put(at, child, 4);
    if (!by_numbers) put(at + 4, 2 << 16 | 2 << 8, 3);  // two bytes: a record of one value, NULL
    put(header_at + 12 + 2 * i, static_cast<std::uint32_t>(at), 2);
  }
  return page;
}

/// Lets a table, which has one row at least, lead to its rows over and over.
void make_endless(const std::string& path, const std::string& table) {
  const std::size_t root_at = (root_page_of(path, table) - 1) * page_bytes;
  std::string file = sample::read_file(path);
  const bool by_numbers = file[root_at] == leaf_of_numbers;
  auto pages = static_cast<std::uint32_t>(file.size() / page_bytes);
  file += file.substr(root_at, page_bytes);
  for (int level = 0; level < 2; ++level) file += page_of_branches(++pages, 0, by_numbers);
  file.replace(root_at, page_bytes, page_of_branches(++pages, 0, by_numbers));
  file[31] = static_cast<char>(pages);
  sample::write_file(path, file);
}

TEST(OpenStore, RefusesAListOfTablesThatDoesNotEnd) {
  const sample::Folder folder;
  ASSERT_TRUE(open_store(folder.file()));
  std::string file = sample::read_file(folder.file());
  constexpr std::size_t file_header_bytes = 100;
  std::string leaf = file.substr(0, page_bytes);
  const std::size_t tables = static_cast<unsigned char>(leaf[file_header_bytes + 4]);
  leaf.replace(0, 8 + 2 * tables, leaf.substr(file_header_bytes, 8 + 2 * tables));
  auto pages = static_cast<std::uint32_t>(file.size() / page_bytes);
  file += leaf;
  for (int level = 0; level < 3; ++level) file += page_of_branches(++pages, 0);
  const std::string first = page_of_branches(++pages, file_header_bytes);
  file.replace(file_header_bytes, page_bytes - file_header_bytes, first.substr(file_header_bytes));
  file[31] = static_cast<char>(pages);
  sample::write_file(folder.file(), file);
  const auto store = open_store(folder.file());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::store_corrupt) << store.error().detail;
}

TEST(OpenStore, ReadsNoAccessFactsThatDoNotEnd) {
  const sample::Folder folder;
  AccessDocument document;
  document.tiers = {{"one", {{1, 60}}}};
  ASSERT_TRUE(open_store(folder.file()).value()->replace_access(document));
  make_endless(folder.file(), "tier");
  const auto store = open_store(folder.file());
  ASSERT_TRUE(store) << store.error().detail;
  EXPECT_EQ((*store)->load_access(AccessScope::whole).error().code, Code::store_corrupt);
}

TEST(OpenStore, CountsNoRowsThatDoNotEnd) {
  for (const char* table : {"imodel", "upload", "failure"}) {
    SCOPED_TRACE(table);
    const sample::Folder folder;
    {
      const auto store = open_store(folder.file()).value();
      ASSERT_TRUE(store->put(sample::record({})));
      ASSERT_TRUE(store->remember_failure({"a.png", "picture_not_recognized", "no picture", 1}));
      ASSERT_TRUE(store->statistics());
    }
    make_endless(folder.file(), table);
    const auto store = open_store(folder.file());
    ASSERT_TRUE(store) << store.error().detail;
    EXPECT_EQ((*store)->statistics().error().code, Code::store_corrupt);
    if (std::string_view(table) == "failure") {
      EXPECT_EQ((*store)->failures().error().code, Code::store_corrupt);
    }
  }
}

TEST(OpenStore, OpensAStoreThatSomebodyAnalyzed) {
  const sample::Folder folder;
  const std::string path = made_store(folder);
  run_sql(path, "ANALYZE");
  EXPECT_TRUE(open_store(path));
}

TEST(OpenStore, RefusesAFolderAPipeAndALinkThatLeadsNowhere) {
  const sample::Folder folder;
  EXPECT_EQ(open_store(folder.path().string()).error().code, Code::store_open_failed);
  ASSERT_EQ(mkfifo(folder.file("pipe").c_str(), 0600), 0);
  EXPECT_EQ(open_store(folder.file("pipe")).error().code, Code::store_open_failed);
  std::filesystem::create_symlink("nowhere", folder.file("link"));
  EXPECT_EQ(open_store(folder.file("link")).error().code, Code::store_open_failed);
  EXPECT_EQ(open_store(folder.file("no/such/folder")).error().code, Code::store_open_failed);
  EXPECT_EQ(open_store("/dev/null").error().code, Code::store_open_failed);
  EXPECT_EQ(open_store("").error().code, Code::argument_invalid);
  EXPECT_EQ(open_store(std::string("a\0b", 3)).error().code, Code::argument_invalid);
}

TEST(OpenStore, RefusesALockFileThatIsNone) {
  const sample::Folder folder;
  const std::string path = made_store(folder);
  const std::string lock = path + "-lock";
  std::filesystem::remove(lock);
  ASSERT_EQ(mkfifo(lock.c_str(), 0600), 0);
  EXPECT_EQ(open_store(path).error().code, Code::store_open_failed);
  std::filesystem::remove(lock);
  EXPECT_TRUE(open_store(path));
}

TEST(OpenStore, RefusesAFileOrAFolderThatIsReadOnly) {
  const sample::Folder folder;
  const std::string path = made_store(folder);
  ASSERT_EQ(chmod(path.c_str(), 0400), 0);
  expect_refused(path, Code::store_read_only);
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  ASSERT_EQ(chmod(folder.path().c_str(), 0500), 0);
  expect_refused(path, Code::store_read_only);
  EXPECT_EQ(open_store(folder.file("another")).error().code, Code::store_read_only);
  ASSERT_EQ(chmod(folder.path().c_str(), 0700), 0);
  EXPECT_TRUE(open_store(path));
}

TEST(OpenStore, MakesNoFileUnlessAsked) {
  const sample::Folder folder;
  StoreOptions options;
  options.create = false;
  EXPECT_EQ(open_store(folder.file(), options).error().code, Code::store_open_failed);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(OpenStore, MakesAStoreAndTouchesNothingOfASimilarName) {
  const sample::Folder folder;
  const std::string ends[] = {"-new", "-new-journal", "-new-wal", ".bak"};
  for (const std::string& end : ends) sample::write_file(folder.file("store.locket" + end), "somebody's");
  EXPECT_TRUE(open_store(folder.file("store.locket")));
  for (const std::string& end : ends) EXPECT_EQ(sample::read_file(folder.file("store.locket" + end)), "somebody's");
  std::set<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) names.insert(file.path().filename());
  EXPECT_EQ(names.size(), 6U);  // and the store, and its lock
}

// A backup may then be put in its place.
TEST(OpenStore, LeavesNoLogBesideAFileThatItRefuses) {
  const sample::Folder folder;
  const std::string path = made_store(folder);
  const std::string sound = sample::read_file(path);
  int refusals = 0;
  for (const std::size_t at : {20U, 47U, 59U, 135U, 163U}) {
    std::string damaged = sound;
    damaged[at] = static_cast<char>(damaged[at] ^ 8);
    sample::write_file(path, damaged);
    const auto refused = open_store(path);
    if (refused) continue;
    ++refusals;
    EXPECT_EQ(refused.error().code, Code::store_corrupt) << at << ' ' << refused.error().detail;
    EXPECT_FALSE(std::filesystem::exists(path + "-wal")) << at;
    EXPECT_FALSE(std::filesystem::exists(path + "-shm")) << at;
  }
  EXPECT_GE(refusals, 3);
}

/// A store as a power cut in the middle of a checkpoint can leave it: its header is torn, but stands whole in the log.
void leave_torn_header(const std::string& path) {
  const sample::Folder folder;
  const auto store = open_store(folder.file());
  ASSERT_TRUE(store && (*store)->put(sample::record({.imodel = 7, .large_bytes = 40'000})));
  std::string content = sample::read_file(folder.file());
  content.replace(0, 512, std::string(512, 'x'));
  sample::write_file(path, content);
  sample::write_file(path + "-wal", sample::read_file(folder.file() + "-wal"));
}

TEST(OpenStore, OpensAStoreWhoseHeaderIsWholeInTheLogOnly) {
  const sample::Folder folder;
  leave_torn_header(folder.file());
  const auto store = open_store(folder.file());
  ASSERT_TRUE(store) << store.error().detail;
  const Record record = sample::record({.imodel = 7, .large_bytes = 40'000});
  EXPECT_TRUE(sample::same(**sample::fetch(**store, record.imodel_id, Size::large), record.large));
}

TEST(OpenStore, RefusesAnotherFileThatHasALogBesideIt) {
  const sample::Folder folder;
  sample::write_file(folder.file(), std::string(100'000, 'x'));
  sample::write_file(folder.file() + "-wal", "not a log");
  const auto store = open_store(folder.file());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::store_foreign);
  EXPECT_EQ(sample::read_file(folder.file()), std::string(100'000, 'x'));
  EXPECT_EQ(sample::read_file(folder.file() + "-wal"), "not a log");
}

TEST(OpenStore, MakesNoStoreBesideTheUnfinishedWorkOfOneThatIsGone) {
  // The engine would take the old log for the new store's, and write pages of the one into the other.
  for (const char* suffix : {"-wal", "-journal"}) {
    const sample::Folder folder;
    leave_torn_header(folder.file());
    std::filesystem::remove(folder.file());
    std::filesystem::rename(folder.file() + "-wal", folder.file("log"));
    const std::string left = sample::read_file(folder.file("log"));
    sample::write_file(folder.file() + suffix, left);
    const auto refused = open_store(folder.file());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::store_open_failed);
    EXPECT_NE(refused.error().detail.find(suffix), std::string::npos) << refused.error().detail;
    EXPECT_FALSE(std::filesystem::exists(folder.file()));
    EXPECT_EQ(sample::read_file(folder.file() + suffix), left);
    std::filesystem::remove(folder.file() + suffix);
    EXPECT_TRUE(open_store(folder.file()));
  }
}

TEST(OpenStore, OpensOneStoreThroughALinkAndDirectly) {
  const sample::Folder folder;
  std::filesystem::create_symlink(made_store(folder), folder.file("link"));
  const auto linked = open_store(folder.file("link"));
  const auto direct = open_store(folder.file());
  ASSERT_TRUE(linked && direct);
  const Record record = sample::record({});
  ASSERT_TRUE((*linked)->put(record));
  EXPECT_TRUE((*direct)->find_imodel(record.imodel_id)->has_value());
  EXPECT_FALSE(std::filesystem::exists(folder.file("link-lock")));
}

TEST(OpenStore, TurnsAStoreBackToAWriteAheadLog) {
  const sample::Folder folder;
  const std::string path = made_store(folder);
  run_sql(path, "PRAGMA journal_mode = DELETE");
  const auto store = open_store(path);
  ASSERT_TRUE(store) << store.error().detail;
  ASSERT_TRUE((*store)->put(sample::record({})));
  EXPECT_TRUE(std::filesystem::exists(path + "-wal"));
}

}  // namespace
}  // namespace locket
