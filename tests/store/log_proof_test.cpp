#include "store/log_proof.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "store/sample.hpp"
#include "store/write_lock.hpp"

namespace locket::store {
namespace {

constexpr std::uint64_t puts = 6;
constexpr std::size_t log_header_bytes = 32;

/// A store as a killed process leaves it: what was put, one commit each, is in its log only.
class LogProof : public testing::Test {
 protected:
  void SetUp() override {
    const sample::Folder made;
    const auto store = open_store(made.file());
    ASSERT_TRUE(store);
    for (std::uint64_t number = 0; number < puts; ++number) {
      ASSERT_TRUE((*store)->put(sample::record({.imodel = number, .large_bytes = 40'000})));
      log_bytes_.push_back(sample::read_file(made.file() + "-wal").size());
    }
    content_ = sample::read_file(made.file());
    log_ = sample::read_file(made.file() + "-wal");
  }

  void leave(const std::string& log) {
    for (const char* end : {"", "-wal", "-shm", "-lock"}) std::filesystem::remove(path_ + end);
    sample::write_file(path_, content_);
    sample::write_file(path_ + "-wal", log);
  }

  std::uint64_t stored() {
    const auto store = open_store(path_);
    EXPECT_TRUE(store) << store.error().detail;
    return store ? (*store)->statistics()->thumbnails : 0;
  }

  const sample::Folder folder_;
  const std::string path_ = folder_.file();
  std::string content_;
  std::string log_;
  std::vector<std::size_t> log_bytes_;  // after each put
};

TEST_F(LogProof, ASoundLogIsRecovered) {
  leave(log_);
  EXPECT_TRUE(prove_log(path_ + "-wal"));
  EXPECT_EQ(stored(), puts);
  EXPECT_TRUE(prove_log(folder_.file("nothing-wal")));
}

TEST_F(LogProof, OneThatIsDamagedBeforeTwoCommitsIsRefusedAndLeftAsItIs) {
  std::size_t refused = 0;
  for (std::size_t at = log_header_bytes + 5; at < log_bytes_[puts - 3]; at += 3'331) {
    std::string damaged = log_;
    damaged[at] = static_cast<char>(damaged[at] ^ 16);
    leave(damaged);
    const auto store = open_store(path_);
    ASSERT_FALSE(store) << at;
    EXPECT_EQ(store.error().code, Code::store_corrupt) << at;
    EXPECT_NE(store.error().detail.find("log is damaged"), std::string::npos) << store.error().detail;
    EXPECT_EQ(sample::read_file(path_ + "-wal"), damaged) << at;
    EXPECT_EQ(sample::read_file(path_), content_) << at;
    ++refused;
  }
  EXPECT_GT(refused, 20U);
}

// Every byte of the head of a page counts, also those that say to which log it belongs.
TEST_F(LogProof, EveryByteOfAPagesHeadIsProven) {
  for (std::size_t at = 0; at < 24; ++at) {
    std::string damaged = log_;
    damaged[log_header_bytes + at] = static_cast<char>(damaged[log_header_bytes + at] ^ 1);
    leave(damaged);
    EXPECT_EQ(prove_log(path_ + "-wal").error().code, Code::store_corrupt) << at;
  }
}

// As a power cut can leave it: the last commit in part, whichever of its pages is missing.
TEST_F(LogProof, OneWhoseLastCommitIsTornIsRecovered) {
  for (std::size_t at = log_bytes_[puts - 2]; at < log_.size(); at += 3'331) {
    std::string torn = log_;
    torn[at] = static_cast<char>(torn[at] ^ 16);
    leave(torn);
    EXPECT_EQ(stored(), puts - 1) << at;
    leave(log_.substr(0, at));
    EXPECT_EQ(stored(), puts - 1) << at;
  }
}

// The pages carry the salts that the head states, or follow from its sums, so they are no older log's.
TEST_F(LogProof, OneWhoseOwnHeadIsDamagedIsRefused) {
  for (std::size_t at = 0; at < log_header_bytes; ++at) {
    for (const int bit : {1, 16}) {
      std::string damaged = log_;
      damaged[at] = static_cast<char>(damaged[at] ^ bit);
      leave(damaged);
      const auto proven = prove_log(path_ + "-wal");
      ASSERT_FALSE(proven) << at << ", " << bit;
      EXPECT_EQ(proven.error().code, Code::store_corrupt) << at << ", " << bit;
    }
  }
  const auto store = open_store(path_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::store_corrupt);
  EXPECT_NE(store.error().detail.find("damaged at its head"), std::string::npos) << store.error().detail;
}

// Two commits are lost by the head alone, whichever of their pages is damaged too.
TEST_F(LogProof, OneWhoseHeadAndFirstPageAreDamagedIsRefused) {
  std::string damaged = log_;
  for (const std::size_t at : {std::size_t{5}, log_header_bytes + 100})
    damaged[at] = static_cast<char>(damaged[at] ^ 16);
  leave(damaged);
  EXPECT_FALSE(prove_log(path_ + "-wal"));
}

// What an older log left behind a new one is none of its commits: a head that is torn while it is written over the old
// one, of which it shares neither the salts nor the sums, is noise or none.
TEST_F(LogProof, WhatAnOlderLogLeftIsNoDamage) {
  std::mt19937 random(1);
  for (int round = 0; round < 20; ++round) {
    std::string begun = log_;
    begun[15] = static_cast<char>(begun[15] + 1);  // how often the log was begun
    begun[19] = static_cast<char>(begun[19] + 1);
    for (std::size_t at = round % 2 == 0 ? 0 : 20; at < log_header_bytes; ++at) begun[at] = static_cast<char>(random());
    leave(begun);
    EXPECT_TRUE(prove_log(path_ + "-wal")) << round;
    leave(std::string(log_header_bytes, '\0') + log_.substr(log_header_bytes));
    EXPECT_TRUE(prove_log(path_ + "-wal"));
  }
  EXPECT_TRUE(open_store(path_));
}

// As long as somebody has the store open the log is not recovered, so nothing of it can get lost.
TEST_F(LogProof, TheLogOfAStoreThatIsOpenIsNotJudged) {
  const auto first = open_store(path_);
  ASSERT_TRUE(first);
  for (std::uint64_t number = 0; number < 3; ++number) {
    ASSERT_TRUE((*first)->put(sample::record({.imodel = number})));
  }
  std::string log = sample::read_file(path_ + "-wal");
  log[log_header_bytes + 20] = static_cast<char>(log[log_header_bytes + 20] ^ 1);  // of a checksum only
  sample::write_file(path_ + "-wal", log);
  EXPECT_EQ(prove_log(path_ + "-wal").error().code, Code::store_corrupt);
  EXPECT_TRUE(open_store(path_));
}

// Whoever looked whether he is alone still counts, or the next to leave would take the log away from him.
TEST_F(LogProof, WhoLooksWhetherHeIsAloneStillHasTheStoreOpen) {
  const auto first = WriteLock::open(folder_.file("a-lock")).value();
  const auto second = WriteLock::open(folder_.file("a-lock")).value();
  ASSERT_TRUE(first->acquire(Deadline(1'000)));
  EXPECT_TRUE(first->is_alone());
  first->release();
  ASSERT_TRUE(second->acquire(Deadline(1'000)));
  EXPECT_FALSE(second->is_alone());
  EXPECT_FALSE(second->count_out());
  second->release();
}

}  // namespace
}  // namespace locket::store
