// What a fetch costs as the store grows. The iModels share 1,000 large pictures, so that the file of a million fits
// into memory and the disk is not what is measured; everything else is as many times there as there are iModels.
// `bench/store/plot_scale.py` draws it.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <map>
#include <memory>

#include "store/connection.hpp"
#include "store/digest.hpp"
#include "store/picture_set.hpp"
#include "store/thumbnail_rows.hpp"

namespace locket::bench {
namespace {

constexpr std::uint32_t shared_pictures = 1'000;
constexpr std::size_t large_bytes = 100'000;
constexpr std::size_t small_bytes = 200;
constexpr std::uint32_t records_a_transaction = 10'000;
constexpr std::uint32_t asked_for_max = 100'000;
constexpr std::uint32_t hot_imodels = 500;

/// The large pictures, whose digests are worked out once.
const std::vector<Record>& shared() {
  static const std::vector<Record> records = [] {
    std::vector<Record> made;
    for (std::uint32_t i = 0; i < shared_pictures; ++i) made.push_back(make_record(i, large_bytes, small_bytes));
    return made;
  }();
  return records;
}

/// One of them as it goes into the tables, proven once.
const store::NewPicture& shared_large(std::uint32_t number) {
  static const std::vector<store::NewPicture> pictures = [] {
    std::vector<store::NewPicture> proven;
    for (const Record& record : shared()) proven.push_back(must(store::prove(record, {})).large);
    return proven;
  }();
  return pictures[number % shared_pictures];
}

/// Puts records into the tables as the store does, but many in a transaction: nobody waits for an acknowledgement here.
void fill(const std::string& path, std::uint32_t count) {
  const auto connection = must(store::Connection::open(path, {store::OpenMode::write, 1'000}));
  must(connection->run_script("PRAGMA cache_size = -400000", "a large cache"));
  for (std::uint32_t from = 0; from < count; from += records_a_transaction) {
    must(connection->run(store::Sql::begin_write));
    store::Transaction transaction(*connection);
    for (std::uint32_t i = from; i < std::min(count, from + records_a_transaction); ++i) {
      Record record = make_record(i, 0, small_bytes);
      record.large = shared()[i % shared_pictures].large;
      const store::NewPicture small{record.small.view(), record.small.sha256(), record.small.checksum()};
      must(store::put_thumbnail(*connection, {record, small, shared_large(i)}, 0));
    }
    must(transaction.commit());
    must(connection->run(store::Sql::checkpoint_truncate));
  }
}

/// A store of a number of iModels, opened with and without memory.
struct House {
  explicit House(std::uint32_t imodels) : path(folder.file("pictures.locket")) {
    (void)must(open_store(path));
    fill(path, imodels);
    const auto order = shuffled(imodels);
    for (std::uint32_t i = 0; i < std::min(imodels, asked_for_max); ++i) {
      grants.push_back(grant_of(imodel_id(order[i])));
    }
    hot = must(open_store(path));
    cold = must(open_store(path, without_memory()));
  }

  const Folder folder;
  const std::string path;
  std::vector<Grant> grants;
  std::size_t turn = 0;
  std::unique_ptr<Store> hot;
  std::unique_ptr<Store> cold;
};

House& house(std::int64_t imodels) {
  static std::map<std::int64_t, std::unique_ptr<House>> houses;
  auto& one = houses[imodels];
  if (!one) one = std::make_unique<House>(static_cast<std::uint32_t>(imodels));
  return *one;
}

void hot_fetch(benchmark::State& state) {
  House& one = house(state.range(0));
  for (auto _ : state) {
    if (fetch_large(*one.hot, one.grants[one.turn++ % hot_imodels]) != large_bytes) state.SkipWithError("no picture");
  }
}

void cold_fetch(benchmark::State& state) {
  House& one = house(state.range(0));
  for (auto _ : state) {
    const Grant& grant = one.grants[one.turn++ % one.grants.size()];
    if (fetch_large(*one.cold, grant) != large_bytes) state.SkipWithError("no picture");
  }
}

void look_for_unknown(benchmark::State& state) {
  House& one = house(state.range(0));
  std::uint64_t number = 2'000'000'000;
  for (auto _ : state) {
    state.PauseTiming();
    const Guid unknown = imodel_id(number++);
    state.ResumeTiming();
    if (must(one.cold->find_imodel(unknown))) state.SkipWithError("known");
  }
}

void sizes(benchmark::internal::Benchmark* one) { one->Arg(1'000)->Arg(10'000)->Arg(100'000)->Arg(1'000'000); }

BENCHMARK(hot_fetch)->Apply(sizes)->Name("hot");
BENCHMARK(cold_fetch)->Apply(sizes)->Name("cold");
BENCHMARK(look_for_unknown)->Apply(sizes)->Name("unknown")->Iterations(20'000);

}  // namespace
}  // namespace locket::bench

BENCHMARK_MAIN();
