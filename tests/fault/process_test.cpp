#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <iostream>
#include <random>
#include <thread>

#include "fault/child_process.hpp"
#include "fault/disk_observer.hpp"
#include "fault/fault_vfs.hpp"
#include "fault/long_form.hpp"
#include "fault/scenario.hpp"
#include "store/write_lock.hpp"

namespace locket::fault {
namespace {

constexpr std::uint64_t imodels_each = 8;

/// The steps of one writer are counted; each is an iModel of its own range, and a version of it.
std::uint64_t imodel_of(std::uint64_t writer, std::uint64_t step) { return writer * 1'000 + step % imodels_each + 1; }
Version step_version(std::uint64_t step) { return step / imodels_each + 1; }

StoreOptions with_small_log() {
  StoreOptions options;
  options.limits.wal_bytes_max = 512 << 10;  // so that checkpoints come often
  options.limits.busy_wait_ms_max = 60'000;  // a busy machine is no fault
  return options;
}

/// Puts one step after another, and tells each that was acknowledged. Ends by being killed, or after `last`.
bool write_on(const std::string& path, std::uint64_t writer, std::uint64_t first, std::uint64_t last,
              const ChildProcess::Tell& tell) {
  const auto store = open_store(path, with_small_log());
  if (!store) return false;
  for (std::uint64_t step = first; step < last; ++step) {
    if (!(*store)->put(make_record(imodel_of(writer, step), step_version(step)))) return false;
    tell(step);
  }
  return true;
}

/// Notes what a writer had acknowledged, and the one step that was under way.
void note_steps(Ledger& ledger, std::uint64_t writer, std::uint64_t begun) {
  for (std::uint64_t imodel = 0; imodel < imodels_each; ++imodel) {
    // The last acknowledged version of each is enough: with it all before it are gone.
    for (std::uint64_t back = 1; back <= imodels_each && back <= begun; ++back) {
      const std::uint64_t step = begun - back;
      if (imodel_of(writer, step) == writer * 1'000 + imodel + 1) {
        ledger.start_with(imodel_of(writer, step), step_version(step));
      }
    }
  }
  ledger.begin(imodel_of(writer, begun), step_version(begun));
}

std::chrono::microseconds random_pause(std::mt19937_64& random, std::uint64_t most_ms) {
  return std::chrono::microseconds(random() % (most_ms * 1'000));
}

class Processes : public testing::Test {
 protected:
  void SetUp() override { use_fault_vfs(); }

  sample::Folder folder_{scratch_parent()};
  std::mt19937_64 random_{seed()};
};

TEST_F(Processes, KilledAtAnyMomentLoseNothingAcknowledged) {
  const std::uint64_t kills = rounds(50, 1'000);
  const std::uint64_t imports_each = rounds(20, 60);  // at most, before a kill, where any are waited for
  std::uint64_t begun = 0;
  Verdict verdict;
  for (std::uint64_t i = 0; i < kills; ++i) {
    ChildProcess child(
        [&](const ChildProcess::Tell& tell) { return write_on(folder_.file(), 1, begun, UINT64_MAX, tell); });
    // At least one in two is given time for a few; the others may be killed while they open the store.
    const std::uint64_t before = begun;
    const std::uint64_t waited_for = i % 2 == 0 ? 1 + random_() % imports_each : 0;
    while (child.told().size() < waited_for) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::this_thread::sleep_for(random_pause(random_, 8));
    child.kill();
    if (!child.told().empty()) begun = child.told().back() + 1;
    ASSERT_EQ(child.told().size(), begun - before);
    Ledger ledger;
    note_steps(ledger, 1, begun);
    examine(folder_.file(), ledger, verdict);
    ASSERT_TRUE(verdict.clean()) << "kill " << i << ", after " << begun << " imports: " << verdict.str();
  }
  EXPECT_GE(begun, rounds(kills / 2, 10'000));
  std::cout << kills << " kills, " << begun << " acknowledged imports: " << verdict.str() << '\n';
}

/// Reads all that some writers write, and compares, until it is killed.
bool read_on(const std::string& path, std::uint64_t writers, const ChildProcess::Tell& tell) {
  const auto store = open_store(path, with_small_log());
  if (!store) return false;
  std::map<std::uint64_t, Version> newest;
  for (std::uint64_t i = 0;; ++i) {
    const std::uint64_t imodel = imodel_of(1 + i / imodels_each % writers, i);
    const auto both = (*store)->read_for_operator(sample::id(imodel));
    if (!both) return false;
    const auto shown = *both ? version_of(**both, imodel) : Version{0};
    if (!shown || *shown < newest[imodel]) return false;  // never a mixture, and never an older one again
    newest[imodel] = *shown;
    if (i % 64 == 0) tell(i);
  }
}

TEST_F(Processes, ThatWriteTogetherAndAreKilledLoseNothingAcknowledged) {
  const std::uint64_t kills = rounds(10, 400);
  std::uint64_t acknowledged = 0;
  std::uint64_t reads = 0;
  Verdict verdict;
  for (const std::uint64_t writers : {2, 4}) {
    const sample::Folder folder(scratch_parent());
    ASSERT_TRUE(open_store(folder.file()));
    std::vector<std::uint64_t> begun(writers);
    std::vector<std::unique_ptr<ChildProcess>> children(writers);
    const auto start = [&](std::uint64_t writer) {
      children[writer] = std::make_unique<ChildProcess>([&folder, writer, first = begun[writer]](const auto& tell) {
        return write_on(folder.file(), writer + 1, first, UINT64_MAX, tell);
      });
    };
    const auto end = [&](std::uint64_t writer) {
      children[writer]->kill();
      begun[writer] += children[writer]->told().size();
    };
    ChildProcess reader([&](const auto& tell) { return read_on(folder.file(), writers, tell); });
    for (std::uint64_t writer = 0; writer < writers; ++writer) start(writer);
    for (std::uint64_t i = 0; i < kills; ++i) {
      const std::uint64_t victim = random_() % writers;
      while (children[victim]->told().size() < random_() % 10)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      std::this_thread::sleep_for(random_pause(random_, 8));
      end(victim);
      start(victim);
      reader.told();
    }
    for (std::uint64_t writer = 0; writer < writers; ++writer) end(writer);
    ASSERT_TRUE(reader.is_running()) << "the reader saw a mixture, an older version or an error";
    reader.kill();
    reads += 64 * reader.told().size();
    Ledger ledger;
    for (std::uint64_t writer = 0; writer < writers; ++writer) {
      note_steps(ledger, writer + 1, begun[writer]);
      acknowledged += begun[writer];
    }
    examine(folder.file(), ledger, verdict);
    ASSERT_TRUE(verdict.clean()) << writers << " writers: " << verdict.str();
  }
  std::cout << "2 and 4 writers, " << 2 * kills << " kills, " << acknowledged << " acknowledged imports, " << reads
            << " reads beside them: " << verdict.str() << '\n';
}

/// Who writes to the log and who checkpoints, seen by all processes.
struct SharedLocks {
  std::atomic<pid_t> writer = 0;
  std::atomic<pid_t> checkpointer = 0;
  std::atomic<std::uint64_t> log_writes = 0;
  std::atomic<std::uint64_t> checkpoints = 0;
  std::atomic<std::uint64_t> overlaps = 0;
};

/// Sees in the locks of SQLite itself whether one process writes to the log while another checkpoints.
class LockWatch final : public DiskObserver {
 public:
  LockWatch() {
    void* const memory = mmap(nullptr, sizeof(SharedLocks), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    shared_ = new (memory) SharedLocks;
  }
  LockWatch(const LockWatch&) = delete;
  LockWatch& operator=(const LockWatch&) = delete;
  ~LockWatch() override { munmap(shared_, sizeof(SharedLocks)); }

  void wrote(std::string_view path, std::uint64_t, BytesView) override {
    if (!path.ends_with("-wal")) return;
    ++shared_->log_writes;
    shared_->writer = getpid();
    if (const pid_t other = shared_->checkpointer; other != 0 && other != getpid()) ++shared_->overlaps;
  }
  void index_locked(int first, int count, bool taken) override {
    constexpr int write_lock = 0;
    constexpr int checkpoint_lock = 1;
    if (count != 1) return;  // a recovery, which has all to itself
    if (first == write_lock && !taken && shared_->writer == getpid()) shared_->writer = 0;
    if (first != checkpoint_lock) return;
    shared_->checkpointer = taken ? getpid() : 0;
    if (!taken) return;
    ++shared_->checkpoints;
    if (const pid_t other = shared_->writer; other != 0 && other != getpid()) ++shared_->overlaps;
  }

  const SharedLocks& seen() const { return *shared_; }

 private:
  SharedLocks* shared_;
};

TEST_F(Processes, NeverCommitWhileAnotherCheckpoints) {
  const std::uint64_t imports = rounds(60, 10'000);
  ASSERT_TRUE(open_store(folder_.file()));
  LockWatch watch;
  const Installed installed(watch);
  std::vector<std::unique_ptr<ChildProcess>> writers;
  for (std::uint64_t writer = 1; writer <= 4; ++writer) {
    writers.push_back(std::make_unique<ChildProcess>(
        [&, writer](const auto& tell) { return write_on(folder_.file(), writer, 0, imports, tell); }));
  }
  for (const auto& writer : writers) {
    EXPECT_EQ(writer->wait(), 0);
    EXPECT_EQ(writer->told().size(), imports);
  }
  EXPECT_EQ(watch.seen().overlaps, 0U);
  EXPECT_GE(watch.seen().log_writes, 4 * imports);
  EXPECT_GT(watch.seen().checkpoints, 10U);
  std::cout << "4 writers, " << 4 * imports << " imports, " << watch.seen().log_writes << " writes to the log, "
            << watch.seen().checkpoints << " checkpoints, overlaps " << watch.seen().overlaps << '\n';
}

TEST_F(Processes, WouldBeSeenToCommitWhileAStrangerCheckpoints) {
  ASSERT_TRUE(open_store(folder_.file()));
  LockWatch watch;
  const Installed installed(watch);
  ChildProcess writer([&](const auto& tell) { return write_on(folder_.file(), 1, 0, UINT64_MAX, tell); });
  ChildProcess stranger([&](const auto&) {
    sqlite3* connection = nullptr;
    if (sqlite3_open(folder_.file().c_str(), &connection) != SQLITE_OK) return false;
    while (true) sqlite3_exec(connection, "PRAGMA wal_checkpoint", nullptr, nullptr, nullptr);
  });
  for (int i = 0; i < 60'000 && watch.seen().overlaps == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_GT(watch.seen().overlaps, 0U);
}

TEST_F(Processes, AreToldThatTheStoreIsBusyOnlyAfterTheStatedWait) {
  StoreOptions options;
  options.limits.busy_wait_ms_max = 200;
  const auto store = open_store(folder_.file(), options);
  ASSERT_TRUE(store);
  ChildProcess holder([&](const auto& tell) {
    const auto lock = store::WriteLock::open(folder_.file() + "-lock");
    if (!lock || !(*lock)->acquire(store::Deadline(60'000))) return false;
    tell(1);
    while (true) pause();
  });
  while (holder.told().empty()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const auto begun = std::chrono::steady_clock::now();
  const auto refused = (*store)->put(record_of(1, 1));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(200));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::store_busy);
  EXPECT_EQ(refused.error().detail, "another process is writing to the store");
  holder.kill();
  EXPECT_TRUE((*store)->put(record_of(1, 1)));
}

}  // namespace
}  // namespace locket::fault
