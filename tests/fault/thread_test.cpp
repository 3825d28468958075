#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <iostream>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "fault/disk_observer.hpp"
#include "fault/fault_vfs.hpp"
#include "fault/long_form.hpp"
#include "fault/scenario.hpp"

namespace locket::fault {
namespace {

constexpr std::uint64_t readers = 8;
constexpr std::uint64_t writers = 2;
constexpr std::uint64_t imodels = 10;

/// Puts new versions of a writer's own iModels.
void write_on(Store& store, std::uint64_t writer, std::uint64_t rounds, std::atomic<std::uint64_t>& failures) {
  for (std::uint64_t i = 0; i < rounds; ++i) {
    const std::uint64_t imodel = writer * 1'000 + i % imodels;
    if (!store.put(make_record(imodel, 2 + i / imodels))) ++failures;
    if (i % 7 == 0 && !store.remember_failure({"a.png", "picture_empty", "no bytes", 5})) ++failures;
  }
}

/// Fetches through grants; whatever comes must be one whole version.
void read_on(Store& store, std::uint64_t reads, std::atomic<std::uint64_t>& failures) {
  for (std::uint64_t i = 0; i < reads; ++i) {
    const std::uint64_t imodel = i % writers * 1'000 + i / writers % imodels;
    const Size size = i % 3 == 0 ? Size::small : Size::large;
    const auto bytes = sample::fetch(store, sample::id(imodel), size);
    if (!bytes) {
      ++failures;
      continue;
    }
    if (!*bytes) continue;  // replaced between the look-up and the reading
    const Version version = version_in(**bytes);
    const Record record = make_record(imodel, version);
    if (!sample::same(**bytes, size == Size::small ? record.small : record.large)) ++failures;
  }
}

/// Checks the whole store, over and over.
void check_on(Store& store, const std::atomic<bool>& over, std::atomic<std::uint64_t>& failures) {
  while (!over) {
    const auto report = store.check({});
    if (!report || !report->damaged.empty()) ++failures;
    const auto statistics = store.statistics();
    if (!statistics || statistics->thumbnails != writers * imodels) ++failures;
  }
}

TEST(Threads, ThatReadWriteAndCheckOneStoreSeeWholeVersionsOnly) {
  use_fault_vfs();
  const sample::Folder folder(scratch_parent());
  StoreOptions options;
  options.limits.wal_bytes_max = 1 << 20;
  options.limits.busy_wait_ms_max = 60'000;
  const auto opened = open_store(folder.file(), options);
  ASSERT_TRUE(opened);
  Store& store = **opened;
  for (std::uint64_t i = 0; i < writers * imodels; ++i) {
    ASSERT_TRUE(store.put(make_record(i / imodels * 1'000 + i % imodels, 1)));
  }
  const std::uint64_t reads_each = rounds(400, 125'000);
  const std::uint64_t puts_each = rounds(60, 20'000);
  std::atomic<std::uint64_t> failures = 0;
  std::atomic<bool> over = false;
  {
    const std::jthread checker([&] { check_on(store, over, failures); });
    {
      std::vector<std::jthread> threads;
      for (std::uint64_t i = 0; i < readers; ++i) threads.emplace_back([&] { read_on(store, reads_each, failures); });
      for (std::uint64_t i = 0; i < writers; ++i)
        threads.emplace_back([&, i] { write_on(store, i, puts_each, failures); });
    }
    over = true;
  }
  EXPECT_EQ(failures, 0U);
  std::cout << readers * reads_each << " fetches, " << writers * puts_each << " imports, failures " << failures << '\n';
}

/// Holds up the first sync until others have had time to queue behind it, and spoils one call after it.
class HeldUpSync final : public DiskObserver {
 public:
  HeldUpSync(std::uint64_t others, Call spoilt, Fault fault) noexcept
      : others_(others), spoilt_(spoilt), fault_(fault) {}

  Fault before(Call call) override {
    if (passed_ && call == spoilt_) return std::exchange(fault_, Fault::none);
    if (call != Call::sync || began_.exchange(true)) return Fault::none;
    while (about_to_put < others_) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    passed_ = true;
    return Fault::none;
  }

  bool began() const noexcept { return began_; }

  std::atomic<std::uint64_t> about_to_put = 0;

 private:
  std::uint64_t others_;
  Call spoilt_;
  Fault fault_;  ///< only one thread at a time writes
  std::atomic<bool> began_ = false;
  std::atomic<bool> passed_ = false;
};

/// One import that is under way, and others that are committed together after it.
class Together : public testing::Test {
 protected:
  static constexpr std::uint64_t others = 6;
  using Outcomes = std::array<Result<Receipt>, others + 1>;

  void SetUp() override {
    use_fault_vfs();
    store = open_store(folder.file()).value();
    ASSERT_TRUE(store->put(make_record(1'000, 1)));  // the first commit also syncs the log's header
  }

  /// Puts them all, and spoils one call. Result: what became of each.
  Outcomes put_all(Call spoilt, Fault fault) {
    Outcomes outcomes{};
    HeldUpSync disk(others, spoilt, fault);
    const Installed installed(disk);
    std::jthread first([&] { outcomes[0] = store->put(records[0]); });
    while (!disk.began()) std::this_thread::yield();
    std::vector<std::jthread> threads;
    for (std::uint64_t i = 1; i <= others; ++i) {
      threads.emplace_back([&, i] {
        ++disk.about_to_put;
        outcomes[i] = store->put(records[i]);
      });
    }
    threads.clear();
    first.join();
    return outcomes;
  }

  /// What was acknowledged is there, and nothing else, also after a reopening; and the store goes on.
  void expect_what_was_told(const Outcomes& outcomes) {
    EXPECT_TRUE(store->put(make_record(others + 1, 1)));
    for (const bool reopened : {false, true}) {
      if (reopened) {
        store.reset();
        store = open_store(folder.file()).value();
      }
      for (std::uint64_t i = 0; i <= others; ++i) {
        EXPECT_EQ(store->find_thumbnail(sample::id(i)).value().has_value(), outcomes[i].has_value()) << i;
      }
      EXPECT_TRUE(store->check({}).value().damaged.empty());
    }
  }

  sample::Folder folder{scratch_parent()};
  std::unique_ptr<Store> store;
  std::vector<Record> records = [] {
    std::vector<Record> made;
    for (std::uint64_t i = 0; i <= others; ++i) made.push_back(make_record(i, 1));
    return made;
  }();
};

TEST_F(Together, ImportsAreAllToldThatTheirSyncFailed) {
  const Outcomes outcomes = put_all(Call::sync, Fault::io_error);
  EXPECT_TRUE(outcomes[0]) << outcomes[0].error().detail;
  EXPECT_GT(std::ranges::count_if(outcomes, [](const auto& outcome) { return !outcome; }), 1);
  for (const auto& outcome : outcomes) {
    EXPECT_TRUE(outcome || outcome.error().code == Code::store_io_failed) << outcome.error().detail;
  }
  expect_what_was_told(outcomes);
}

TEST_F(Together, ImportsThatHadNoRoomAreTriedOneByOne) {
  const Outcomes outcomes = put_all(Call::write, Fault::no_room);
  for (const auto& outcome : outcomes) EXPECT_TRUE(outcome) << outcome.error().detail;
  expect_what_was_told(outcomes);
}

TEST_F(Together, AnImportThatIsRefusedDoesNotTakeTheOthersWithIt) {
  records[3].expected_revision = 99;
  const Outcomes outcomes = put_all(Call::sync, Fault::none);
  for (std::uint64_t i = 0; i <= others; ++i) EXPECT_EQ(outcomes[i].has_value(), i != 3) << i;
  EXPECT_EQ(outcomes[3].error().code, Code::precondition_failed);
  expect_what_was_told(outcomes);
}

}  // namespace
}  // namespace locket::fault
