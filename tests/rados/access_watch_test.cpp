#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <future>
#include <thread>
#include <utility>

#include "rados/rados_faults.hpp"

namespace {

std::atomic<std::int64_t> asleep_s = 0;

}  // namespace

// The clocks of a machine that was asleep, in place of the system's.
extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const auto result = static_cast<int>(syscall(SYS_clock_gettime, clock, time));
  if (clock == CLOCK_BOOTTIME) time->tv_sec += asleep_s.load();
  return result;
}

namespace locket {
namespace {

using std::chrono::milliseconds;

/// A reader whose watch is gone, who asked once without one, and whom nobody could tell of the change that followed.
class RadosWatch : public RadosFaults {
 protected:
  static constexpr milliseconds watched_again_after{1'100};

  void SetUp() override {
    RadosFaults::SetUp();
    writer = open();
    reader = open();
    ASSERT_TRUE(writer->replace_access(document(1)));
    ASSERT_EQ(*reader->access_revision(), 1U);
    std::this_thread::sleep_for(watched_again_after);
    cluster.lose_watches();
    cluster.failure = [](std::string_view what, std::string_view) { return what == "watch" ? -ETIMEDOUT : 0; };
    ASSERT_EQ(*reader->access_revision(), 1U);
    cluster.failure = nullptr;
    ASSERT_EQ(*writer->replace_access(document(2, "nobody")), 2U);
    std::this_thread::sleep_for(watched_again_after);
  }

  void TearDown() override {
    cluster.before = nullptr;
    cluster.failure = nullptr;
    reader.reset();
    writer.reset();
    RadosFaults::TearDown();
  }

  std::unique_ptr<Store> writer;
  std::unique_ptr<Store> reader;
};

TEST_F(RadosWatch, ThatBeginsAnewTrustsNothingThatWasReadBefore) {
  std::atomic<bool> failed = false;
  cluster.failure = [&](std::string_view what, std::string_view object) {
    return what == "look" && object == "root" && !failed.exchange(true) ? -ETIMEDOUT : 0;
  };
  EXPECT_FALSE(reader->access_revision());
  EXPECT_TRUE(failed);
  EXPECT_EQ(*reader->access_revision(), 2U);
}

TEST_F(RadosWatch, ThatAnotherThreadBeganAnewIsNoReasonToTrustWhatWasReadBefore) {
  std::atomic<bool> seen = false;
  std::uint64_t meanwhile = 0;
  cluster.before = [&](std::string_view what, std::string_view object) {
    if (what != "look" || object != "root" || seen.exchange(true)) return;
    meanwhile = std::async(std::launch::async, [&] { return *reader->access_revision(); }).get();
  };
  EXPECT_EQ(*reader->access_revision(), 2U);
  EXPECT_EQ(meanwhile, 2U);
}

// Its watch is long given up by the cluster, and all clocks that it looks at say that no time has passed.
TEST_F(RadosFaults, AMachineThatWasAsleepAsksAgain) {
  const auto writer = open();
  const auto reader = open();
  ASSERT_TRUE(writer->replace_access(document(1)));
  ASSERT_EQ(*reader->access_revision(), 1U);
  std::this_thread::sleep_for(milliseconds(1'100));
  asleep_s += 60;
  cluster.forget_watches();
  ASSERT_TRUE(writer->replace_access(document(2)));
  EXPECT_EQ(*reader->access_revision(), 2U);
  ASSERT_TRUE(writer->replace_access(document(3)));
  EXPECT_EQ(*reader->access_revision(), 3U) << "it is told again";
}

}  // namespace
}  // namespace locket
