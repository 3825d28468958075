#include "store/change_watch.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "store/sample.hpp"
#include "store/second_process.hpp"

namespace locket::store {
namespace {

constexpr std::uint32_t wait_ms = 5'000;

class ChangeWatchTest : public ::testing::Test {
 protected:
  ChangeWatchTest() : store_(open_store(folder_.file()).value()), watch_(folder_.file(), wait_ms, 0) {}

  void put(std::uint64_t imodel) {
    ASSERT_TRUE(store_->put(sample::record({.imodel = imodel, .small_bytes = 50, .large_bytes = 60})));
  }

  const sample::Folder folder_;
  std::unique_ptr<Store> store_;
  ChangeWatch watch_;
};

TEST_F(ChangeWatchTest, StaysInOneEpochWhileNothingChanges) {
  const ContentEpoch epoch = watch_.look();
  EXPECT_NE(epoch, unknown_epoch);
  EXPECT_EQ(watch_.look(), epoch);
  ASSERT_TRUE(store_->find_imodel(sample::id(1)));
  ASSERT_TRUE(store_->check({}));
  EXPECT_EQ(watch_.look(), epoch);
}

TEST_F(ChangeWatchTest, EveryCommitBeginsAnEpoch) {
  ContentEpoch last = watch_.look();
  for (std::uint64_t i = 0; i < 50; ++i) {
    put(i);
    const ContentEpoch epoch = watch_.look();
    EXPECT_NE(epoch, unknown_epoch);
    EXPECT_NE(epoch, last);
    last = epoch;
  }
}

TEST_F(ChangeWatchTest, SeesEveryOtherProcess) {
  ContentEpoch last = watch_.look();
  for (const char* version : {"1", "2", "3"}) {
    ASSERT_EQ(sample::in_another_process({"put", folder_.file(), "1", version}), 0);
    const ContentEpoch epoch = watch_.look();
    EXPECT_NE(epoch, unknown_epoch);
    EXPECT_NE(epoch, last);
    last = epoch;
  }
}

TEST_F(ChangeWatchTest, SeesAProgramThatKnowsNothingOfLocket) {
  const ContentEpoch before = watch_.look();
  auto stranger = Connection::open(folder_.file(), {OpenMode::write, wait_ms}).value();
  ASSERT_TRUE(stranger->run_script("INSERT INTO failure VALUES ('a', 'b', 'c', 1)", "a stranger's change"));
  EXPECT_NE(watch_.look(), before);
}

TEST_F(ChangeWatchTest, SeesACommitAfterTheLogWasEmptied) {
  put(1);
  const ContentEpoch before = watch_.look();
  auto stranger = Connection::open(folder_.file(), {OpenMode::write, wait_ms}).value();
  ASSERT_TRUE(stranger->run(Sql::checkpoint_truncate));
  put(2);
  const ContentEpoch after = watch_.look();
  EXPECT_NE(after, before);
  EXPECT_NE(after, unknown_epoch);
}

TEST_F(ChangeWatchTest, KnowsNoEpochOfAFileThatIsNotThere) {
  ChangeWatch nowhere(folder_.file("nothing.locket"), wait_ms, 0);
  EXPECT_EQ(nowhere.look(), unknown_epoch);
  EXPECT_FALSE(nowhere.has_moved(true));
}

TEST_F(ChangeWatchTest, AStaleOneSeesOwnCommitsAtOnceAndOthersLater) {
  ChangeWatch stale(folder_.file(), wait_ms, 3'600'000);
  const ContentEpoch before = stale.look();
  put(1);  // by another as far as this watch knows
  EXPECT_EQ(stale.look(), before);
  stale.note_own_commit();
  const ContentEpoch after = stale.look();
  EXPECT_NE(after, before);
  EXPECT_EQ(stale.look(), after);
  stale.note_own_commit();  // that changed nothing
  EXPECT_EQ(stale.look(), after);

  ChangeWatch hardly(folder_.file(), wait_ms, 1);
  const ContentEpoch first = hardly.look();
  put(2);
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_NE(hardly.look(), first);
}

TEST_F(ChangeWatchTest, NoticesAFileThatWasReplacedOrTakenAway) {
  EXPECT_FALSE(watch_.has_moved(true));
  std::filesystem::rename(folder_.file(), folder_.file("elsewhere"));
  EXPECT_TRUE(watch_.has_moved(true));
  EXPECT_EQ(watch_.look(), unknown_epoch);
  std::filesystem::rename(folder_.file("elsewhere"), folder_.file());
  EXPECT_TRUE(watch_.has_moved(true));
}

TEST_F(ChangeWatchTest, NoThreadSeesAnEpochThatIsOver) {
  std::atomic<std::uint64_t> begun{0};
  std::atomic<std::uint64_t> committed{0};
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!done.load()) {
        const ContentEpoch before = watch_.look();
        const std::uint64_t begun_by_then = begun.load();
        std::this_thread::yield();
        const bool another_returned = committed.load() > begun_by_then;
        const ContentEpoch after = watch_.look();
        if (before == unknown_epoch || after == unknown_epoch) continue;
        EXPECT_GE(after.number, before.number);
        if (another_returned) {
          EXPECT_NE(after, before);
        }
      }
    });
  }
  for (std::uint64_t i = 0; i < 100; ++i) {
    begun.fetch_add(1);
    put(i);
    committed.fetch_add(1);
  }
  done.store(true);
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace locket::store
