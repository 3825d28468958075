#include "store/writer.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <chrono>
#include <thread>
#include <vector>

#include "store/sample.hpp"

namespace locket::store {
namespace {

/// A writer of a new store, which notes failures: rows that stand by themselves.
class WriterTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(open_store(folder_.file()));
    lock_ = open_lock();
    limits_.busy_wait_ms_max = 10'000;
  }
  std::unique_ptr<WriteLock> open_lock() { return std::move(WriteLock::open(folder_.file() + "-lock").value()); }
  void open_writer() {
    auto connection = Connection::open(folder_.file(), {OpenMode::write, limits_.busy_wait_ms_max});
    ASSERT_TRUE(connection);
    writer_ = std::make_unique<Writer>(folder_.file(), *lock_, std::move(*connection), limits_);
  }
  /// Notes one failure, and then, where so told, fails.
  Result<void> note(const std::string& name, bool fails = false) {
    return writer_->commit([&](Connection& connection) -> Result<void> {
      const std::string script = "INSERT INTO failure VALUES ('" + name + "', 'code', 'reason', 1)";
      if (auto noted = connection.run_script(script.c_str(), "noting"); !noted) return noted;
      if (fails) return fail(Code::argument_invalid, "half way");
      return {};
    });
  }
  std::size_t noted() {
    writer_.reset();
    return open_store(folder_.file()).value()->failures()->size();
  }

  Limits limits_;
  const sample::Folder folder_;
  std::unique_ptr<WriteLock> lock_;
  std::unique_ptr<Writer> writer_;
};

TEST_F(WriterTest, WhatFailsHalfWayLeavesNothingAndTheOthersOfItsBatchStand) {
  open_writer();
  const auto elsewhere = open_lock();
  ASSERT_TRUE(elsewhere->acquire(Deadline(10'000)));
  {
    std::vector<std::jthread> threads;
    for (const char* name : {"a", "b", "c"}) threads.emplace_back([&, name] { EXPECT_TRUE(note(name)); });
    threads.emplace_back([&] {
      const auto half = note("half", true);
      EXPECT_FALSE(half);
      if (!half) {
        EXPECT_EQ(half.error().code, Code::argument_invalid);
      }
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));  // until they wait together
    elsewhere->release();
  }
  EXPECT_EQ(noted(), 3U);
}

TEST_F(WriterTest, StillWaitsForAStrangerAfterItHasCutTheLog) {
  limits_.wal_bytes_max = 1;  // so that every commit is followed by a cut
  open_writer();
  ASSERT_TRUE(note("a"));
  sqlite3* stranger = nullptr;
  ASSERT_EQ(sqlite3_open(folder_.file().c_str(), &stranger), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(stranger, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  std::jthread ending([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    sqlite3_exec(stranger, "COMMIT", nullptr, nullptr, nullptr);
  });
  const auto second = note("b");
  EXPECT_TRUE(second) << second.error().detail;
  ending.join();
  sqlite3_close(stranger);
  EXPECT_EQ(noted(), 2U);
}

}  // namespace
}  // namespace locket::store
