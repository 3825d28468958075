// What a fetch from the store costs beside the bare parts that it is made of, and beside a file and LMDB. All in one
// run: `fetch-bench --benchmark_enable_random_interleaving=true --benchmark_repetitions=9` mixes the rounds.
#include <benchmark/benchmark.h>

#include <map>
#include <stdexcept>

#include "store/digest.hpp"
#include "store/picture_set.hpp"
#include "store/rivals.hpp"

namespace locket::bench {
namespace {

/// The same pictures in a store, in files and in LMDB; more of them than the readers' own caches hold.
struct House {
  explicit House(std::size_t bytes)
      : size(bytes),
        count(static_cast<std::uint32_t>((std::size_t{96} << 20) / bytes)),
        order(shuffled(count)),
        files(folder.file("picture-")),
        lmdb(folder.file("pictures.lmdb")) {
    const auto writer = must(open_store(folder.file("pictures.locket")));
    for (std::uint32_t i = 0; i < count; ++i) {
      const Record record = make_record(i, size, size / 5);
      must(writer->put(record));
      files.write(i, record.large.view());
      lmdb.write(i, record.large.view());
      grants.push_back(grant_of(record.imodel_id));
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      picture_ids.push_back(must(writer->locate(grants[i], Size::large)).value().picture_id);
    }
    hot = must(open_store(folder.file("pictures.locket")));
    rows_known = must(open_store(folder.file("pictures.locket"), without_pictures()));
    cold = must(open_store(folder.file("pictures.locket"), without_memory()));
    sqlite = std::make_unique<BareSqlite>(folder.file("pictures.locket"));
    buffer.resize(size);
  }

  std::uint32_t next() { return order[turn++ % count]; }

  const Folder folder;
  const std::size_t size;
  const std::uint32_t count;
  const std::vector<std::uint32_t> order;
  std::size_t turn = 0;
  PlainFiles files;
  Lmdb lmdb;
  std::vector<Grant> grants;
  std::vector<std::int64_t> picture_ids;
  std::unique_ptr<Store> hot;
  std::unique_ptr<Store> rows_known;
  std::unique_ptr<Store> cold;
  std::unique_ptr<BareSqlite> sqlite;
  Bytes buffer;
};

House& house(std::size_t bytes) {
  static std::map<std::size_t, std::unique_ptr<House>> houses;
  auto& one = houses[bytes];
  if (!one) one = std::make_unique<House>(bytes);
  return *one;
}

template <class Read>
void measure(benchmark::State& state, Read read) {
  House& one = house(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    if (read(one) != one.size) state.SkipWithError("not the picture");
  }
}

void store_hot(benchmark::State& state) {
  measure(state, [](House& one) { return fetch_large(*one.hot, one.grants[0]); });
}
void sqlite_select_hot(benchmark::State& state) {
  measure(state, [](House& one) { return one.sqlite->select(one.picture_ids[0]).size(); });
}
void store_cold(benchmark::State& state) {
  measure(state, [](House& one) { return fetch_large(*one.cold, one.grants[one.next()]); });
}
void store_rows_known(benchmark::State& state) {
  measure(state, [](House& one) { return fetch_large(*one.rows_known, one.grants[one.next()]); });
}
void sqlite_select(benchmark::State& state) {
  measure(state, [](House& one) { return one.sqlite->select(one.picture_ids[one.next()]).size(); });
}
void sqlite_blob(benchmark::State& state) {
  measure(state, [](House& one) { return one.sqlite->reopen(one.picture_ids[one.next()], one.buffer); });
}
void sqlite_blob_digest(benchmark::State& state) {
  measure(state, [](House& one) {
    const std::size_t bytes = one.sqlite->reopen(one.picture_ids[one.next()], one.buffer);
    benchmark::DoNotOptimize(store::checksum(one.buffer));
    return bytes;
  });
}
void plain_file(benchmark::State& state) {
  measure(state, [](House& one) { return one.files.read(one.next(), one.buffer); });
}
void plain_file_digest(benchmark::State& state) {
  measure(state, [](House& one) {
    const std::size_t bytes = one.files.read(one.next(), one.buffer);
    benchmark::DoNotOptimize(store::checksum(one.buffer));
    return bytes;
  });
}
void lmdb_digest(benchmark::State& state) {
  measure(state, [](House& one) {
    const BytesView bytes = one.lmdb.begin(one.next());
    benchmark::DoNotOptimize(store::checksum(bytes));
    one.lmdb.end();
    return bytes.size();
  });
}
// Bytes that outlive the read, as the store gives them.
void lmdb_digest_copy(benchmark::State& state) {
  measure(state, [](House& one) {
    const BytesView bytes = one.lmdb.begin(one.next());
    const SharedBytes copy(Bytes(bytes.begin(), bytes.end()));
    one.lmdb.end();
    benchmark::DoNotOptimize(store::checksum(copy.view()));
    return copy.size();
  });
}

void sizes(benchmark::internal::Benchmark* one) { one->Arg(20'000)->Arg(100'000)->Arg(300'000); }

BENCHMARK(store_hot)->Apply(sizes)->Name("hot/store");
BENCHMARK(sqlite_select_hot)->Apply(sizes)->Name("hot/sqlite-select");
BENCHMARK(store_cold)->Apply(sizes)->Name("cold/store");
BENCHMARK(store_rows_known)->Apply(sizes)->Name("cold/store-rows-known");
BENCHMARK(sqlite_select)->Apply(sizes)->Name("cold/sqlite-select");
BENCHMARK(sqlite_blob)->Apply(sizes)->Name("cold/sqlite-blob-reopen");
BENCHMARK(sqlite_blob_digest)->Apply(sizes)->Name("cold/sqlite-blob-reopen+digest");
BENCHMARK(plain_file)->Apply(sizes)->Name("cold/file");
BENCHMARK(plain_file_digest)->Apply(sizes)->Name("cold/file+digest");
BENCHMARK(lmdb_digest)->Apply(sizes)->Name("cold/lmdb+digest");
BENCHMARK(lmdb_digest_copy)->Apply(sizes)->Name("cold/lmdb+digest+copy");

}  // namespace
}  // namespace locket::bench

BENCHMARK_MAIN();
