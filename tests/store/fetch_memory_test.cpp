#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "store/sample.hpp"
#include "store/second_process.hpp"

namespace locket {
namespace {

struct FetchMemoryTest : public ::testing::Test {
  void SetUp() override { open({}); }

  void open(const Limits& limits) {
    StoreOptions options;
    options.limits = limits;
    store_.reset();
    auto store = open_store(folder_.file(), options);
    ASSERT_TRUE(store) << store.error().detail;
    store_ = std::move(*store);
  }

  bool serves(const Record& record) {
    const auto small = sample::fetch(*store_, record.imodel_id, Size::small);
    const auto large = sample::fetch(*store_, record.imodel_id, Size::large);
    return small && *small && sample::same(**small, record.small) && large && *large &&
           sample::same(**large, record.large);
  }

  MemoryStatistics pictures() { return store_->statistics()->hot_pictures; }
  MemoryStatistics imodels() { return store_->statistics()->hot_imodels; }

  const sample::Folder folder_;
  std::unique_ptr<Store> store_;
};

TEST_F(FetchMemoryTest, ServesTheSameBytesAgainWithoutACopy) {
  const Record record = sample::record({.imodel = 1});
  ASSERT_TRUE(store_->put(record));
  const auto first = sample::fetch(*store_, record.imodel_id, Size::large);
  const auto second = sample::fetch(*store_, record.imodel_id, Size::large);
  ASSERT_TRUE(first && *first && second && *second);
  EXPECT_TRUE(sample::same(**second, record.large));
  EXPECT_EQ((**first).view().data(), (**second).view().data());
  EXPECT_EQ(pictures().hits, 1U);
  EXPECT_EQ(pictures().entries, 1U);
  EXPECT_GE(pictures().bytes, record.large.size());
  EXPECT_GE(imodels().hits, 2U);
}

TEST_F(FetchMemoryTest, OnlyAGrantBringsAnImodelIntoMemory) {
  ASSERT_TRUE(store_->put(sample::record({.imodel = 1})));
  for (int i = 0; i < 3; ++i) {
    const auto looked_up = store_->find_imodel(sample::id(1));
    ASSERT_TRUE(looked_up && *looked_up);
    const auto entry = store_->find_imodel(sample::id(1), Lookup::remembered);
    ASSERT_TRUE(entry);
    EXPECT_FALSE(*entry);
  }
  ASSERT_TRUE(store_->locate(sample::grant(sample::id(1)), Size::small));
  const auto entry = store_->find_imodel(sample::id(1), Lookup::remembered);
  ASSERT_TRUE(entry && *entry);
  EXPECT_TRUE((**entry).uploaded);
  const auto looked_up = store_->find_imodel(sample::id(1));
  ASSERT_TRUE(looked_up && *looked_up);
  EXPECT_EQ((**looked_up).facts, (**entry).facts);
}

TEST_F(FetchMemoryTest, TheEpochIsTheSameUntilAnybodyCommits) {
  const std::uint64_t empty = store_->content_epoch();
  EXPECT_NE(empty, 0U);
  EXPECT_EQ(store_->content_epoch(), empty);
  ASSERT_TRUE(store_->put(sample::record({.imodel = 1})));
  const std::uint64_t own = store_->content_epoch();
  EXPECT_NE(own, empty);
  EXPECT_NE(own, 0U);
  ASSERT_TRUE(*store_->find_imodel(sample::id(1)));
  EXPECT_EQ(store_->content_epoch(), own);
  ASSERT_EQ(sample::in_another_process({"put", folder_.file(), "2", "1"}), 0);
  EXPECT_NE(store_->content_epoch(), own);
}

TEST_F(FetchMemoryTest, OwnWritesAreSeenAtOnce) {
  for (std::uint64_t version = 1; version <= 20; ++version) {
    const Record record = sample::record({.imodel = 1, .version = version});
    ASSERT_TRUE(store_->put(record));
    EXPECT_TRUE(serves(record)) << version;
    EXPECT_TRUE(serves(record)) << version;
  }
  ASSERT_TRUE(*store_->remove(sample::id(1)));
  EXPECT_FALSE(sample::fetch(*store_, sample::id(1), Size::large)->has_value());
  EXPECT_FALSE(store_->find_imodel(sample::id(1))->value().uploaded);
}

TEST_F(FetchMemoryTest, OwnWritesAreSeenAtOnceHoweverStaleOthersMayBe) {
  StoreOptions options;
  options.staleness_ms_max = 3'600'000;
  store_.reset();
  store_ = open_store(folder_.file(), options).value();
  for (std::uint64_t version = 1; version <= 5; ++version) {
    const Record record = sample::record({.imodel = 1, .version = version});
    ASSERT_TRUE(store_->put(record));
    EXPECT_TRUE(serves(record)) << version;
  }
}

TEST_F(FetchMemoryTest, WritesOfOtherProcessesAreSeenAtOnce) {
  for (std::uint64_t version = 1; version <= 4; ++version) {
    ASSERT_EQ(sample::in_another_process({"put", folder_.file(), "1", std::to_string(version)}), 0);
    const Record record = sample::record({.imodel = 1, .version = version});
    EXPECT_TRUE(serves(record)) << version;
    EXPECT_TRUE(serves(record)) << version;
  }
  ASSERT_EQ(sample::in_another_process({"remove", folder_.file(), "1"}), 0);
  EXPECT_FALSE(sample::fetch(*store_, sample::id(1), Size::large)->has_value());
}

// A writer that is killed while it tells others of its commit must leave nobody with the old picture: wherever it was
// cut short, either nothing of it is seen, or all.
TEST_F(FetchMemoryTest, AWriterKilledAtAnyWordLeavesNobodyStale) {
  for (std::uint64_t words = 0; words <= 12; ++words) {
    const std::uint64_t version = words + 2;
    const Record old = sample::record({.imodel = 1, .version = 1});
    ASSERT_TRUE(store_->put(old));
    ASSERT_TRUE(serves(old));
    ASSERT_EQ(
        sample::in_another_process({"put-killed", folder_.file(), "1", std::to_string(version), std::to_string(words)}),
        0);
    const Record fresh = sample::record({.imodel = 1, .version = version});
    const bool is_untold = words <= 1;  // the first word holds a version, which stays as it is
    EXPECT_TRUE(serves(is_untold ? old : fresh)) << words;
    EXPECT_TRUE(serves(is_untold ? old : fresh)) << words;
    const Record last = sample::record({.imodel = 1, .version = 100 + words});
    ASSERT_TRUE(store_->put(last)) << words;
    EXPECT_TRUE(serves(last)) << words;
    ASSERT_TRUE(store_->check({})->damaged.empty()) << words;
  }
}

TEST_F(FetchMemoryTest, KeepsWithinItsBytesAndSurvivesAScan) {
  Limits limits;
  limits.hot_picture_bytes_max = 200'000;
  open(limits);
  constexpr std::uint64_t hot = 10;
  for (std::uint64_t i = 0; i < 100; ++i) ASSERT_TRUE(store_->put(sample::record({.imodel = i})));
  for (int round = 0; round < 4; ++round) {
    for (std::uint64_t i = 0; i < hot; ++i) ASSERT_TRUE(serves(sample::record({.imodel = i})));
  }
  for (std::uint64_t i = hot; i < 100; ++i) ASSERT_TRUE(serves(sample::record({.imodel = i})));
  const MemoryStatistics scanned = pictures();
  EXPECT_LE(scanned.bytes, limits.hot_picture_bytes_max);
  EXPECT_GT(scanned.evictions, 100U);
  for (std::uint64_t i = 0; i < hot; ++i) ASSERT_TRUE(serves(sample::record({.imodel = i})));
  EXPECT_EQ(pictures().hits, scanned.hits + 2 * hot);
}

TEST_F(FetchMemoryTest, WorksWithoutAnyMemory) {
  Limits limits;
  limits.hot_picture_bytes_max = 0;
  limits.hot_imodel_bytes_max = 0;
  open(limits);
  const Record record = sample::record({.imodel = 1});
  ASSERT_TRUE(store_->put(record));
  EXPECT_TRUE(serves(record));
  EXPECT_TRUE(serves(record));
  EXPECT_EQ(pictures().hits, 0U);
  EXPECT_EQ(imodels().entries, 0U);
}

TEST_F(FetchMemoryTest, EqualPicturesOfSeveralImodelsAreHeldOnce) {
  Record first = sample::record({.imodel = 1});
  Record second = first;
  second.imodel_id = sample::id(2);
  ASSERT_TRUE(store_->put(first));
  ASSERT_TRUE(store_->put(second));
  ASSERT_TRUE(serves(first));
  ASSERT_TRUE(serves(second));
  EXPECT_EQ(pictures().entries, 2U);
  EXPECT_EQ(pictures().hits, 2U);
}

TEST_F(FetchMemoryTest, AStoreWhoseFileWasTakenAwayServesAndAcknowledgesNothing) {
  const Record record = sample::record({.imodel = 1});
  ASSERT_TRUE(store_->put(record));
  ASSERT_TRUE(serves(record));
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::filesystem::rename(folder_.file() + suffix, folder_.file("old.locket") + suffix);
  }
  ASSERT_TRUE(open_store(folder_.file()));  // another one in its place
  EXPECT_EQ(store_->put(record).error().code, Code::store_io_failed);
  const auto fetched = sample::fetch(*store_, record.imodel_id, Size::large);
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code, Code::store_io_failed);
  EXPECT_EQ(store_->access_revision().error().code, Code::store_io_failed);
}

TEST_F(FetchMemoryTest, EveryThreadGetsAWholePictureWhileOthersReplaceIt) {
  constexpr std::uint64_t versions = 30;
  std::atomic<std::uint64_t> acknowledged{0};
  std::atomic<bool> done{false};
  std::vector<Record> records;
  for (std::uint64_t version = 0; version <= versions; ++version) {
    records.push_back(sample::record({.imodel = 1, .version = version}));
  }
  ASSERT_TRUE(store_->put(records[0]));
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!done.load()) {
        const std::uint64_t least = acknowledged.load();
        const auto fetched = sample::fetch(*store_, records[0].imodel_id, Size::large);
        if (fetched && !*fetched) continue;  // replaced between both steps
        ASSERT_TRUE(fetched) << fetched.error().detail;
        std::uint64_t version = 0;
        while (version <= versions && !sample::same(**fetched, records[version].large)) ++version;
        ASSERT_LE(version, versions);
        EXPECT_GE(version, least);
      }
    });
  }
  for (std::uint64_t version = 1; version <= versions; ++version) {
    EXPECT_TRUE(store_->put(records[version]));
    acknowledged.store(version);
    std::this_thread::yield();
  }
  done.store(true);
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace locket
