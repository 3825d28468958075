#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>

#include "rados/rados_place.hpp"
#include "store/sample.hpp"

namespace locket {
namespace {

using std::chrono::steady_clock;

constexpr std::uint64_t writers = 4;

/// What happened under load, and how long the longest wait of one call was.
struct Seen {
  std::atomic<std::uint64_t> puts = 0;
  std::atomic<std::uint64_t> gets = 0;
  std::atomic<std::uint64_t> errors = 0;  ///< calls that ended with an error, none of which may lose anything
  std::atomic<std::uint64_t> wrong = 0;   ///< other bytes than were stored
  std::atomic<std::uint64_t> lost = 0;    ///< older bytes than were acknowledged
  std::atomic<std::int64_t> longest_put_ms = 0;
  std::atomic<std::int64_t> longest_get_ms = 0;
  std::atomic<bool> done = false;
};

std::int64_t ms_since(steady_clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - begin).count();
}

void keep_longest(std::atomic<std::int64_t>& longest, std::int64_t ms) {
  std::int64_t before = longest;
  while (before < ms && !longest.compare_exchange_weak(before, ms)) {
  }
}

Record version_of(std::uint64_t imodel, std::uint64_t version) {
  return sample::record({.imodel = imodel, .version = version, .small_bytes = 30'000, .large_bytes = 90'000});
}

/// Which version the store holds, both sizes as of one moment: nothing when it is none of those that can be.
std::optional<std::uint64_t> find_version(Store& store, std::uint64_t imodel, std::uint64_t least, std::uint64_t most) {
  const auto both = store.read_for_operator(sample::id(imodel));
  if (!both) return ~std::uint64_t{0};  // no answer, which is no wrong answer
  if (!*both) return std::nullopt;
  for (std::uint64_t version = most + 1; version-- > least;) {
    const Record record = version_of(imodel, version);
    if (sample::same((*both)->small, record.small) && sample::same((*both)->large, record.large)) return version;
  }
  return std::nullopt;
}

/// Puts version after version of one iModel, and looks through another store after each. Result: the last version that
/// was acknowledged, and the last that was tried.
std::pair<std::uint64_t, std::uint64_t> write_and_look(Store& writing, Store& reading, std::uint64_t imodel,
                                                       Seen& seen) {
  std::uint64_t acknowledged = 0;
  std::uint64_t version = 0;
  while (!seen.done) {
    const Record record = version_of(imodel, ++version);
    auto begin = steady_clock::now();
    const auto receipt = writing.put(record);
    keep_longest(seen.longest_put_ms, ms_since(begin));
    ++(receipt ? seen.puts : seen.errors);
    if (receipt) acknowledged = version;
    if (acknowledged == 0) continue;
    begin = steady_clock::now();
    const auto found = find_version(reading, imodel, 1, version);
    keep_longest(seen.longest_get_ms, ms_since(begin));
    ++seen.gets;
    if (!found) {
      ++seen.wrong;
    } else if (*found < acknowledged) {
      ++seen.lost;
    } else if (*found > version) {
      ++seen.errors;
    }
  }
  return {acknowledged, version};
}

pid_t pid_in(const std::string& file) {
  std::ifstream in(file);
  pid_t pid = 0;
  in >> pid;
  return pid;
}

void run(const std::string& program, const std::string& number) {
  const pid_t child = fork();
  if (child == 0) {
    execlp(program.c_str(), program.c_str(), "-i", number.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);  // it goes on as a daemon
  EXPECT_EQ(status, 0);
}

// One of three disks dies under load and comes back: no byte is wrong, nothing that was acknowledged is lost.
TEST(RadosOutage, AKilledOsdLosesNothingAndGivesNothingWrong) {
  const char* const cluster = std::getenv("LOCKET_CLUSTER");
  if (!RadosPlace::is_there() || cluster == nullptr) GTEST_SKIP() << "no cluster of ours: ./tools/cluster.sh test";
  const RadosPlace place;
  const auto writing = std::move(*open_rados_store(place.where));
  const auto reading = std::move(*open_rados_store(place.where));
  Seen seen;
  std::array<std::pair<std::uint64_t, std::uint64_t>, writers> versions;
  std::vector<std::thread> load;
  for (std::uint64_t i = 0; i < writers; ++i) {
    load.emplace_back([&, i] { versions[i] = write_and_look(*writing, *reading, i + 1, seen); });
  }
  const auto wait_for_puts = [&](std::uint64_t more) {
    const std::uint64_t until = seen.puts + more;
    const auto latest = steady_clock::now() + std::chrono::minutes(3);
    while (seen.puts < until && steady_clock::now() < latest) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_GE(seen.puts, until);
  };
  wait_for_puts(100);
  const std::uint64_t before = seen.puts;
  const pid_t osd = pid_in(std::string(cluster) + "/osd.1.pid");
  ASSERT_GT(osd, 0);
  ASSERT_EQ(kill(osd, SIGKILL), 0);
  wait_for_puts(200);
  run("ceph-osd", "1");
  wait_for_puts(200);
  seen.done = true;
  for (std::thread& thread : load) thread.join();

  EXPECT_EQ(seen.wrong, 0U);
  EXPECT_EQ(seen.lost, 0U);
  const auto after = std::move(*open_rados_store(place.where));
  for (std::uint64_t i = 0; i < writers; ++i) {
    const auto found = find_version(*after, i + 1, versions[i].first, versions[i].second);
    ASSERT_TRUE(found);
    EXPECT_LE(*found, versions[i].second);
  }
  std::cout << seen.puts << " puts (" << before << " before the kill) and " << seen.gets << " gets, " << seen.errors
            << " errors, " << seen.wrong << " wrong, " << seen.lost << " lost; the longest put took "
            << seen.longest_put_ms << " ms, the longest get " << seen.longest_get_ms << " ms\n";
}

}  // namespace
}  // namespace locket
