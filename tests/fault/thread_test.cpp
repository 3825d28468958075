#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <iostream>
#include <thread>

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

}  // namespace
}  // namespace locket::fault
