// Whoever reads for long must not stop those who write, nor they him.

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <chrono>

#include "fault/disk_observer.hpp"
#include "fault/fault_vfs.hpp"
#include "fault/scenario.hpp"

namespace locket::fault {
namespace {

/// Another program's connection.
class Stranger {
 public:
  explicit Stranger(const std::string& path) { EXPECT_EQ(sqlite3_open(path.c_str(), &connection_), SQLITE_OK); }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;
  ~Stranger() { sqlite3_close(connection_); }

  /// Runs a statement. Result: the first column of its first row, as a number.
  std::int64_t run(const char* sql) const {
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(connection_, sql, -1, &statement, nullptr), SQLITE_OK) << sqlite3_errmsg(connection_);
    const std::int64_t value = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
    sqlite3_finalize(statement);
    return value;
  }

 private:
  sqlite3* connection_ = nullptr;
};

class LongReader : public testing::Test {
 protected:
  void SetUp() override { use_fault_vfs(); }
  std::unique_ptr<Store> open(const StoreOptions& options = {}) {
    auto store = open_store(folder_.file(), options);
    EXPECT_TRUE(store) << store.error().detail;
    return std::move(*store);
  }

  sample::Folder folder_{scratch_parent()};
};

TEST_F(LongReader, LetsWritesGoOnWithoutWaiting) {
  StoreOptions options;
  options.limits.wal_bytes_max = 512 << 10;
  options.limits.busy_wait_ms_max = 20'000;
  const auto store = open(options);
  ASSERT_TRUE(store->put(record_of(1, 1)));
  const Stranger reader(folder_.file());
  reader.run("BEGIN");
  reader.run("SELECT count(*) FROM imodel");
  const auto begun = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < 40; ++i) ASSERT_TRUE(store->put(record_of(i, 2)));
  ASSERT_GT(store->statistics()->wal_bytes, 2 * options.limits.wal_bytes_max);
  // Had a single one of them waited for the reader, it would have been longer.
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(options.limits.busy_wait_ms_max));
}

TEST_F(LongReader, MakesTheLogGrowToItsLimitOnlyAndIsTold) {
  StoreOptions options;
  options.limits.wal_bytes_max = 512 << 10;
  options.limits.wal_held_bytes_max = 2 << 20;
  const auto store = open(options);
  ASSERT_TRUE(store->put(record_of(1, 1)));
  {
    const Stranger reader(folder_.file());
    reader.run("BEGIN");
    reader.run("SELECT count(*) FROM imodel");
    const auto begun = std::chrono::steady_clock::now();
    Result<Receipt> receipt = store->put(record_of(2, 1));
    for (std::uint64_t i = 0; receipt && i < 1'000; ++i) receipt = store->put(record_of(i, 2));
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(options.limits.busy_wait_ms_max));
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code, Code::store_busy);
    EXPECT_NE(receipt.error().detail.find("a reader that does not end"), std::string::npos) << receipt.error().detail;
    EXPECT_LT(store->statistics()->wal_bytes, options.limits.wal_held_bytes_max + options.limits.wal_bytes_max);
    EXPECT_TRUE(store->read_for_operator(sample::id(1)));
    reader.run("COMMIT");
  }
  EXPECT_TRUE(store->put(record_of(3, 3)));
  EXPECT_LE(store->statistics()->wal_bytes, options.limits.wal_bytes_max);
}

TEST_F(LongReader, MayKeepNothingOfTheLogWhereTheLimitIsZero) {
  StoreOptions options;
  options.limits.wal_held_bytes_max = 0;
  const auto store = open(options);
  ASSERT_TRUE(store->put(record_of(1, 1)));
  {
    const Stranger reader(folder_.file());
    reader.run("BEGIN");
    reader.run("SELECT count(*) FROM imodel");
    const auto receipt = store->put(record_of(2, 1));
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code, Code::store_busy);
    reader.run("COMMIT");
  }
  EXPECT_TRUE(store->put(record_of(2, 1)));
}

/// Puts one more version now and then, between the reads of somebody else.
class PutBetweenReads final : public DiskObserver {
 public:
  explicit PutBetweenReads(Store& store) : store_(store) {}

  Fault before(Call call) override {
    if (call != Call::read || inside_ || ++reads_ % 100 != 0 || puts_ == most) return Fault::none;
    inside_ = true;
    EXPECT_TRUE(store_.put(make_record(1, 2 + puts_++)));
    inside_ = false;
    return Fault::none;
  }
  std::uint64_t puts() const { return puts_; }

  static constexpr std::uint64_t most = 200;

 private:
  Store& store_;
  bool inside_ = false;
  std::uint64_t reads_ = 0;
  std::uint64_t puts_ = 0;
};

TEST_F(LongReader, ThatBacksUpEndsThoughOthersWriteAllTheTime) {
  const auto store = open();
  const auto busy = open();
  for (std::uint64_t i = 0; i < 14; ++i) {
    ASSERT_TRUE(store->put(sample::record({.imodel = 100 + i, .small_bytes = 900, .large_bytes = 1'000'000})));
  }
  PutBetweenReads others(*busy);
  {
    const Installed installed(others);
    const auto copied = store->backup(folder_.file("copy"));
    ASSERT_TRUE(copied) << copied.error().detail;
  }
  EXPECT_GT(others.puts(), 2U);
  EXPECT_LT(others.puts(), PutBetweenReads::most);
  const auto copy = open_store(folder_.file("copy"));
  ASSERT_TRUE(copy);
  CheckOptions options;
  EXPECT_TRUE((*copy)->check(options)->damaged.empty());
  EXPECT_EQ((*copy)->statistics()->thumbnails, 14U);  // of the moment at which it began
}

TEST_F(LongReader, ThatChecksKeepsToItsRateAndLetsTheLogGo) {
  const auto store = open();
  for (std::uint64_t i = 0; i < 30; ++i) {
    ASSERT_TRUE(store->put(sample::record({.imodel = i, .small_bytes = 900, .large_bytes = 40'000})));
  }
  const Stranger stranger(folder_.file());
  bool was_free = false;
  CheckOptions options;
  options.bytes_per_s_max = 3'000'000;
  options.progress = [&](std::uint64_t, std::uint64_t) {
    was_free = was_free || stranger.run("PRAGMA wal_checkpoint(TRUNCATE)") == 0;
    return true;
  };
  const auto begun = std::chrono::steady_clock::now();
  const auto report = store->check(options);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_TRUE(report->damaged.empty());
  EXPECT_EQ(report->checked, 60U);
  EXPECT_TRUE(was_free);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(400));
}

TEST_F(LongReader, ThatChecksVerySlowlyCanStillBeStopped) {
  const auto store = open();
  ASSERT_TRUE(store->put(record_of(1, 1)));
  CheckOptions options;
  options.bytes_per_s_max = 1;
  options.progress = [](std::uint64_t, std::uint64_t) { return false; };
  EXPECT_TRUE(store->check(options));
}

}  // namespace
}  // namespace locket::fault
