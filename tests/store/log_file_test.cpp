#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "store/sample.hpp"
#include "store/second_process.hpp"

namespace locket {
namespace {

std::uint64_t thumbnails_in(const std::string& path) {
  const auto store = open_store(path);
  return store ? (*store)->statistics()->thumbnails : 0;
}

// What a process leaves behind that is killed now.
std::uint64_t thumbnails_after_a_kill(const sample::Folder& folder) {
  const sample::Folder left;
  for (const char* suffix : {"", "-wal"}) {
    std::filesystem::copy(folder.file() + suffix, left.file() + suffix);
  }
  return thumbnails_in(left.file());
}

// A process that closes a file loses all of SQLite's locks on it, by whatever way it had opened it.
TEST(LogFile, StaysWithAStoreThatLostTheLocksOfSqlite) {
  const sample::Folder folder;
  auto store = std::move(*open_store(folder.file()));
  ASSERT_TRUE(store->put(sample::record({.imodel = 1})));
  const int file = open(folder.file().c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(file, 0);
  close(file);
  ASSERT_EQ(sample::in_another_process({"put-and-close", folder.file(), "2", "1"}), 0);
  ASSERT_TRUE(store->put(sample::record({.imodel = 3})));
  EXPECT_TRUE(*store->find_thumbnail(sample::id(2)));
  EXPECT_EQ(thumbnails_after_a_kill(folder), 3U);
  ASSERT_EQ(sample::in_another_process({"put-and-close", folder.file(), "4", "1"}), 0);
  store.reset();
  EXPECT_FALSE(std::filesystem::exists(folder.file() + "-wal")) << "the last one takes it away";
  EXPECT_EQ(thumbnails_in(folder.file()), 4U);
}

TEST(LogFile, IsNeitherWrittenNorReadOnceAnotherProgramTookItAway) {
  for (const bool has_written : {false, true}) {
    const sample::Folder folder;
    ASSERT_TRUE((*open_store(folder.file()))->put(sample::record({.imodel = 1})));
    auto store = std::move(*open_store(folder.file()));
    EXPECT_TRUE(*store->find_thumbnail(sample::id(1)));
    if (has_written) {
      ASSERT_TRUE(store->put(sample::record({.imodel = 2})));
    }
    ASSERT_EQ(unlink((folder.file() + "-wal").c_str()), 0);
    for (int i = 0; i < 2; ++i) {
      const auto put = store->put(sample::record({.imodel = 3}));
      ASSERT_FALSE(put);
      EXPECT_EQ(put.error().code, Code::store_io_failed);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    EXPECT_EQ(store->find_thumbnail(sample::id(1)).error().code, Code::store_io_failed);
    store.reset();
    EXPECT_TRUE(*(*open_store(folder.file()))->find_thumbnail(sample::id(1)));
  }
}

// SQLite takes a log away by its name, whoever's it is.
TEST(LogFile, OfAnotherIsLeftAlone) {
  const sample::Folder folder;
  ASSERT_TRUE((*open_store(folder.file()))->put(sample::record({.imodel = 1})));
  auto store = std::move(*open_store(folder.file()));
  ASSERT_TRUE(store->put(sample::record({.imodel = 2})));
  for (const char* suffix : {"-wal", "-shm"}) ASSERT_EQ(unlink((folder.file() + suffix).c_str()), 0);
  ASSERT_EQ(sample::in_another_process({"put", folder.file(), "3", "1"}), 0);
  store.reset();
  EXPECT_TRUE(*(*open_store(folder.file()))->find_thumbnail(sample::id(3)));
}

}  // namespace
}  // namespace locket
