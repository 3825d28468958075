#include "store/write_lock.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include "store/sample.hpp"

namespace locket::store {
namespace {

class WriteLockTest : public testing::Test {
 protected:
  std::unique_ptr<WriteLock> open() { return std::move(WriteLock::open(path_).value()); }
  const sample::Folder folder_;
  const std::string path_ = folder_.file("a-lock");
};

TEST_F(WriteLockTest, IsTakenInTheFileThatStandsThereNow) {
  const auto first = open();
  std::filesystem::remove(path_);
  const auto second = open();
  ASSERT_TRUE(second->acquire(Deadline(1'000)));
  const auto refused = first->acquire(Deadline(50));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::store_busy);
  second->release();
  ASSERT_TRUE(first->acquire(Deadline(1'000)));
  first->release();
}

TEST_F(WriteLockTest, WhoGaveUpWaitingStandsInNobodysWay) {
  const auto first = open();
  const auto second = open();
  const auto third = open();
  ASSERT_TRUE(first->acquire(Deadline(1'000)));
  EXPECT_EQ(second->acquire(Deadline(30)).error().code, Code::store_busy);
  first->release();
  ASSERT_TRUE(third->acquire(Deadline(1'000)));
  third->release();
}

TEST_F(WriteLockTest, ServesWhoWaitsBeforeWhoComesBack) {
  const auto greedy = open();
  const auto patient = open();
  ASSERT_TRUE(greedy->acquire(Deadline(1'000)));
  std::atomic<bool> begun = false;
  std::atomic<bool> done = false;
  std::jthread waiting([&] {
    begun = true;
    EXPECT_TRUE(patient->acquire(Deadline(10'000)));
    done = true;
    patient->release();
  });
  while (!begun) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  int again = 0;
  for (; !done && again < 200; ++again) {
    greedy->release();
    ASSERT_TRUE(greedy->acquire(Deadline(10'000)));
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  greedy->release();
  EXPECT_LE(again, 3);
}

TEST_F(WriteLockTest, DoesNotFollowALink) {
  sample::write_file(folder_.file("elsewhere"), "");
  std::filesystem::create_symlink(folder_.file("elsewhere"), path_);
  EXPECT_FALSE(WriteLock::open(path_));
}

}  // namespace
}  // namespace locket::store
