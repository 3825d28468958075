#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <iostream>
#include <thread>
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

/// Holds up the first sync until others have had time to queue behind it, and lets the second one fail.
class SecondSyncFails final : public DiskObserver {
 public:
  explicit SecondSyncFails(std::uint64_t others) noexcept : others_(others) {}

  Fault before(Call call) override {
    if (call != Call::sync) return Fault::none;
    const std::uint64_t number = ++syncs_;
    if (number == 1) {
      while (about_to_put < others_) std::this_thread::yield();
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
    return number == 2 ? Fault::io_error : Fault::none;
  }

  bool first_began() const noexcept { return syncs_ > 0; }

  std::atomic<std::uint64_t> about_to_put = 0;

 private:
  std::uint64_t others_;
  std::atomic<std::uint64_t> syncs_ = 0;
};

TEST(Threads, WhoseImportsAreCommittedTogetherAreToldTogetherThatTheSyncFailed) {
  constexpr std::uint64_t others = 6;
  use_fault_vfs();
  const sample::Folder folder(scratch_parent());
  auto store = open_store(folder.file()).value();
  ASSERT_TRUE(store->put(make_record(1'000, 1)));  // the first commit also syncs the log's header
  std::array<Result<Receipt>, others + 1> outcomes{};
  {
    SecondSyncFails disk(others);
    const Installed installed(disk);
    const std::jthread first([&] { outcomes[0] = store->put(make_record(0, 1)); });
    while (!disk.first_began()) std::this_thread::yield();
    std::vector<std::jthread> threads;
    for (std::uint64_t i = 1; i <= others; ++i) {
      threads.emplace_back([&, i] {
        ++disk.about_to_put;
        outcomes[i] = store->put(make_record(i, 1));
      });
    }
  }
  EXPECT_TRUE(outcomes[0]) << outcomes[0].error().detail;
  EXPECT_GT(std::ranges::count_if(outcomes, [](const auto& outcome) { return !outcome; }), 1);
  EXPECT_TRUE(store->put(make_record(others + 1, 1))) << "the store goes on";
  for (const bool reopened : {false, true}) {
    if (reopened) {
      store.reset();
      store = open_store(folder.file()).value();
    }
    for (std::uint64_t i = 0; i <= others; ++i) {
      EXPECT_EQ(store->find_thumbnail(sample::id(i)).value().has_value(), outcomes[i].has_value()) << i;
      EXPECT_TRUE(outcomes[i] || outcomes[i].error().code == Code::store_io_failed) << outcomes[i].error().detail;
    }
    EXPECT_TRUE(store->check({}).value().damaged.empty());
  }
}

}  // namespace
}  // namespace locket::fault
