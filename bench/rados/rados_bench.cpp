// Puts and gets of the store on Ceph beside the bare librados calls that do the same with the same bytes, turn by turn.
// Usage: CEPH_CONF=... rados-bench POOL [ROUNDS]
#include <rados/librados.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "locket/rados_store.hpp"
#include "rados/pool.hpp"
#include "store/sample.hpp"

namespace {

using locket::Record;
using locket::Size;
using locket::rados::Attributes;
using locket::rados::WriteOperation;

constexpr std::uint64_t imodels = 64;
constexpr std::size_t small_bytes = 60'000;
constexpr std::size_t large_bytes = 190'000;
constexpr std::size_t head_bytes = 420;

double time_us(const std::function<bool()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  if (!work()) {
    std::fputs("a call failed\n", stderr);
    std::exit(1);
  }
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

/// Times both, turn by turn, each first in every other round, and prints the medians and their ratio.
void compare(const char* what, int rounds, const std::function<bool(int)>& ours, const std::function<bool(int)>& bare) {
  std::vector<double> our_times;
  std::vector<double> bare_times;
  for (int round = 0; round < rounds; ++round) {
    const auto run_ours = [&] { our_times.push_back(time_us([&] { return ours(round); })); };
    if (round % 2 == 0) run_ours();
    bare_times.push_back(time_us([&] { return bare(round); }));
    if (round % 2 != 0) run_ours();
  }
  const double our_median = median(our_times);
  const double bare_median = median(bare_times);
  std::printf("%-28s locket %8.0f us   librados %8.0f us   ratio %.3f\n", what, our_median, bare_median,
              our_median / bare_median);
}

/// The bare calls: an object with the same bytes and attributes, replaced if its revision is the one that was seen.
class Bare {
 public:
  explicit Bare(const locket::RadosOptions& where) : pool_(std::move(*locket::rados::Pool::open(where))) {}

  bool put(std::uint64_t imodel, const std::string& bytes) {
    const std::string name = std::to_string(imodel);
    std::uint64_t& revision = revisions_[imodel];
    WriteOperation writing;
    if (revision == 0) {
      writing.create();
    } else {
      writing.require("revision", std::to_string(revision));
    }
    writing.write(bytes).set("revision", std::to_string(revision + 1)).set("head", std::string(head_bytes, 'h'));
    ++revision;
    return pool_->imodels->operate(name, writing) == 0;
  }

  bool get(std::uint64_t imodel) {
    std::vector<std::byte> bytes(large_bytes);
    Attributes attributes;
    return pool_->imodels->read(std::to_string(imodel), attributes, small_bytes, bytes) ==
           static_cast<int>(large_bytes);
  }

  bool look(std::uint64_t imodel) {
    Attributes attributes;
    return pool_->imodels->read(std::to_string(imodel), attributes, 0, {}) == 0;
  }

  void clear() {
    std::vector<std::string> names;
    (void)pool_->imodels->names([&](std::string_view name) { return names.emplace_back(name), true; });
    for (const std::string& name : names) (void)pool_->imodels->remove(name);
  }

 private:
  std::unique_ptr<locket::rados::Pool> pool_;
  std::vector<std::uint64_t> revisions_ = std::vector<std::uint64_t>(imodels, 0);
};

Record record_of(int round) {
  const auto number = static_cast<std::uint64_t>(round);
  return locket::sample::record({.imodel = number % imodels,
                                 .version = 1 + number / imodels,
                                 .small_bytes = small_bytes,
                                 .large_bytes = large_bytes});
}

}  // namespace

int main(int count, char** words) {
  if (count < 2) return std::fputs("usage: rados-bench POOL [ROUNDS]\n", stderr), 2;
  const int rounds = count > 2 ? std::stoi(words[2]) : 1'000;
  locket::RadosOptions where;
  where.pool = words[1];
  where.name = "bench";
  locket::StoreOptions options;
  options.limits.hot_picture_bytes_max = 0;  // what memory answers is no comparison
  auto store = locket::open_rados_store(where, options);
  if (!store) return std::fprintf(stderr, "%s\n", store.error().detail.c_str()), 2;
  locket::RadosOptions beside = where;
  beside.name = "bench-bare";
  Bare bare(beside);
  bare.clear();
  std::vector<Record> records;
  for (int round = 0; round < rounds; ++round) records.push_back(record_of(round % 256));
  const std::string bytes(small_bytes + large_bytes, 'x');
  const auto imodel_of = [](int round) { return static_cast<std::uint64_t>(round) % imodels; };

  compare(
      "put", rounds, [&](int round) { return (*store)->put(records[static_cast<std::size_t>(round)]).has_value(); },
      [&](int round) { return bare.put(imodel_of(round), bytes); });
  std::vector<locket::Location> locations;
  std::vector<locket::Grant> grants;
  for (std::uint64_t imodel = 0; imodel < imodels; ++imodel) {
    grants.push_back(locket::sample::grant(locket::sample::id(imodel)));
    locations.push_back(**(*store)->locate(grants.back(), Size::large));
  }
  compare(
      "get: read", rounds,
      [&](int round) {
        const auto read = (*store)->read(grants[imodel_of(round)], locations[imodel_of(round)]);
        return read && *read;
      },
      [&](int round) { return bare.get(imodel_of(round)); });
  compare(
      "get: find, locate and read", rounds,
      [&](int round) {
        const auto& grant = grants[imodel_of(round)];
        const auto entry = (*store)->find_imodel(grant.imodel_id());
        const auto location = (*store)->locate(grant, Size::large);
        return entry && *entry && location && *location && (*store)->read(grant, **location).has_value();
      },
      [&](int round) {
        const auto imodel = imodel_of(round);
        return bare.look(imodel) && bare.look(imodel) && bare.get(imodel);
      });
  bare.clear();
  for (std::uint64_t imodel = 0; imodel < imodels; ++imodel) (void)(*store)->remove(locket::sample::id(imodel));
  return 0;
}
