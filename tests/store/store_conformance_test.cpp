#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "store/conformance.hpp"
#include "store/sample.hpp"

namespace locket {

std::unique_ptr<Store> StoreConformance::open() {
  auto store = place_->open();
  EXPECT_TRUE(store) << store.error().detail;
  return store ? std::move(*store) : nullptr;
}

namespace {

TEST_P(StoreConformance, GivesBackBothSizesAsTheyWerePut) {
  const auto store = open();
  const Record record = sample::record({.imodel = 7});
  const auto receipt = store->put(record);
  ASSERT_TRUE(receipt) << receipt.error().detail;
  EXPECT_FALSE(receipt->replaced);
  const auto small = sample::fetch(*store, record.imodel_id, Size::small);
  const auto large = sample::fetch(*store, record.imodel_id, Size::large);
  ASSERT_TRUE(small && *small);
  ASSERT_TRUE(large && *large);
  EXPECT_TRUE(sample::same(**small, record.small));
  EXPECT_TRUE(sample::same(**large, record.large));
}

TEST_P(StoreConformance, KeepsEverythingOverAReopening) {
  const Record record = sample::record({.imodel = 7});
  ASSERT_TRUE(open()->put(record));
  const auto store = open();
  const auto both = store->read_for_operator(record.imodel_id);
  ASSERT_TRUE(both && *both);
  EXPECT_TRUE(sample::same((*both)->small, record.small));
  EXPECT_TRUE(sample::same((*both)->large, record.large));
  const auto thumbnail = store->find_thumbnail(record.imodel_id);
  ASSERT_TRUE(thumbnail && *thumbnail);
  EXPECT_EQ((*thumbnail)->facts, (ImodelFacts{record.imodel_id, *record.itwin_id}));
  EXPECT_EQ((*thumbnail)->source_digest, record.source_digest);
  EXPECT_EQ((*thumbnail)->recipe, record.recipe);
  EXPECT_EQ((*thumbnail)->source_path, record.source_path);
  EXPECT_EQ((*thumbnail)->small_bytes, record.small.size());
  EXPECT_EQ((*thumbnail)->large_bytes, record.large.size());
}

TEST_P(StoreConformance, LocatesWithTheDigestAndTheRevisionOfTheReceipt) {
  const auto store = open();
  const Record record = sample::record({.imodel = 3});
  const auto receipt = store->put(record);
  ASSERT_TRUE(receipt);
  const auto location = store->locate(sample::grant(record.imodel_id), Size::large);
  ASSERT_TRUE(location && *location);
  EXPECT_EQ((*location)->digest, record.large.sha256());
  EXPECT_EQ((*location)->bytes, record.large.size());
  EXPECT_EQ((*location)->revision, receipt->revision);
}

TEST_P(StoreConformance, KnowsNothingOfAnUnknownImodel) {
  const auto store = open();
  EXPECT_EQ(*store->find_thumbnail(sample::id(1)) ? 1 : 0, 0);
  EXPECT_FALSE(store->find_imodel(sample::id(1))->has_value());
  EXPECT_FALSE(store->locate(sample::grant(sample::id(1)), Size::small)->has_value());
  EXPECT_FALSE(*store->remove(sample::id(1)));
}

TEST_P(StoreConformance, ReplacesBothSizesAndRaisesTheRevision) {
  const auto store = open();
  const auto first = store->put(sample::record({.imodel = 3}));
  const Record newer = sample::record({.imodel = 3, .version = 2});
  const auto second = store->put(newer);
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(second->replaced);
  EXPECT_GT(second->revision, first->revision);
  EXPECT_TRUE(sample::same(**sample::fetch(*store, newer.imodel_id, Size::small), newer.small));
  EXPECT_TRUE(sample::same(**sample::fetch(*store, newer.imodel_id, Size::large), newer.large));
  EXPECT_EQ(store->statistics()->pictures, 2U);
}

TEST_P(StoreConformance, RevisionsGoOnAfterARemoval) {
  const auto store = open();
  const auto first = store->put(sample::record({.imodel = 3}));
  ASSERT_TRUE(*store->remove(sample::id(3)));
  const auto second = store->put(sample::record({.imodel = 3}));
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->replaced);
  EXPECT_GT(second->revision, first->revision);
}

TEST_P(StoreConformance, RemovesAThumbnailAndItsBytesButNotTheImodel) {
  const auto store = open();
  const Record record = sample::record({.imodel = 3});
  ASSERT_TRUE(store->put(record));
  EXPECT_TRUE(*store->remove(record.imodel_id));
  EXPECT_FALSE(sample::fetch(*store, record.imodel_id, Size::small)->has_value());
  const auto entry = store->find_imodel(record.imodel_id);
  ASSERT_TRUE(entry && *entry);
  EXPECT_FALSE((*entry)->uploaded);
  EXPECT_EQ(store->statistics()->pictures, 0U);
  EXPECT_EQ(store->statistics()->picture_bytes, 0U);
}

TEST_P(StoreConformance, RefusesAnUnknownImodelWithoutAnItwinAndKeepsAKnownOnes) {
  const auto store = open();
  Record record = sample::record({.imodel = 1});
  record.itwin_id.reset();
  EXPECT_EQ(store->put(record).error().code, Code::argument_invalid);
  record.itwin_id = sample::id(50);
  ASSERT_TRUE(store->put(record));
  record.itwin_id = sample::id(51);
  ASSERT_TRUE(store->put(record));
  EXPECT_EQ((**store->find_imodel(record.imodel_id)).facts.itwin_id, sample::id(50));
}

TEST_P(StoreConformance, RefusesASourceThatCanNotBe) {
  const auto store = open();
  for (const std::uint8_t orientation : {0, 9, 255}) {
    Record record = sample::record({});
    record.source.orientation = orientation;
    EXPECT_EQ(store->put(record).error().code, Code::argument_invalid);
  }
  Record record = sample::record({});
  record.source.media_type = static_cast<MediaType>(9);
  EXPECT_EQ(store->put(record).error().code, Code::argument_invalid);
  EXPECT_EQ(store->statistics()->thumbnails, 0U);
}

TEST_P(StoreConformance, RefusesDamagedBytesAndWrongSizesAndStoresNothing) {
  const auto store = open();
  for (const bool is_small : {true, false}) {
    const auto memory = std::make_shared<Bytes>(3'000);
    Record damaged = sample::record({.imodel = 1});
    (is_small ? damaged.small : damaged.large) = HashedBytes(SharedBytes(memory, *memory));
    (*memory)[2'999] ^= std::byte{1};
    EXPECT_EQ(store->put(damaged).error().code, Code::argument_invalid);
  }
  Record empty = sample::record({.imodel = 1});
  empty.large = {};
  EXPECT_EQ(store->put(empty).error().code, Code::argument_invalid);
  const Limits limits;
  EXPECT_EQ(store->put(sample::record({.imodel = 1, .large_bytes = limits.stored_picture_bytes_max + 1})).error().code,
            Code::argument_invalid);
  EXPECT_TRUE(store->put(sample::record({.imodel = 2, .large_bytes = limits.stored_picture_bytes_max})));
  EXPECT_EQ(store->statistics()->thumbnails, 1U);
}

TEST_P(StoreConformance, StoresOnlyOverTheExpectedRevision) {
  const auto store = open();
  Record record = sample::record({.imodel = 1});
  record.expected_revision = 1;
  EXPECT_EQ(store->put(record).error().code, Code::precondition_failed);
  record.expected_revision = 0;
  const auto receipt = store->put(record);
  ASSERT_TRUE(receipt);
  EXPECT_EQ(store->put(record).error().code, Code::precondition_failed);
  record.expected_revision = receipt->revision;
  EXPECT_TRUE(store->put(record));
}

TEST_P(StoreConformance, RefusesALocationOfAnotherImodelThanWasGranted) {
  const auto store = open();
  const Record mine = sample::record({.imodel = 1});
  const Record theirs = sample::record({.imodel = 2});
  ASSERT_TRUE(store->put(mine) && store->put(theirs));
  auto forged = **store->locate(sample::grant(theirs.imodel_id), Size::small);
  EXPECT_EQ(store->read(sample::grant(mine.imodel_id), forged).error().code, Code::argument_invalid);
  forged.imodel_id = mine.imodel_id;  // now it names the granted iModel, but still the other one's picture
  EXPECT_FALSE(store->read(sample::grant(mine.imodel_id), forged)->has_value());
}

TEST_P(StoreConformance, ReadsTheOldPictureOrNothingAfterAReplacement) {
  const auto store = open();
  const Record old = sample::record({.imodel = 1});
  ASSERT_TRUE(store->put(old));
  const Grant leave = sample::grant(old.imodel_id);
  const auto location = **store->locate(leave, Size::large);
  ASSERT_TRUE(store->put(sample::record({.imodel = 1, .version = 2})));
  const auto read = store->read(leave, location);
  ASSERT_TRUE(read);
  EXPECT_TRUE(!*read || sample::same(**read, old.large));
}

TEST_P(StoreConformance, ListsEveryKnownImodelAfterAnId) {
  const auto store = open();
  for (std::uint64_t i = 0; i < 600; ++i) {
    ASSERT_TRUE(store->put(sample::record({.imodel = i, .small_bytes = 50, .large_bytes = 60})));
  }
  ASSERT_TRUE(store->remove(sample::id(7)));
  std::vector<Guid> ids;
  std::size_t uploaded = 0;
  const auto keep = [&](const ImodelEntry& entry) {
    ids.push_back(entry.facts.imodel_id);
    uploaded += entry.uploaded ? 1 : 0;
    return true;
  };
  ASSERT_TRUE(store->list_imodels({}, keep));
  EXPECT_EQ(ids.size(), 600U);
  EXPECT_EQ(uploaded, 599U);
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
  const std::vector<Guid> all = std::exchange(ids, {});
  ASSERT_TRUE(store->list_imodels(all[299], keep));
  EXPECT_EQ(ids, std::vector<Guid>(all.begin() + 300, all.end()));
  int visited = 0;
  ASSERT_TRUE(store->list_imodels(all[0], [&](const ImodelEntry&) { return ++visited < 3; }));
  EXPECT_EQ(visited, 3);
  ASSERT_TRUE(store->list_imodels(all.back(), [&](const ImodelEntry&) { return ++visited < 0; }));
  EXPECT_EQ(visited, 3);
}

TEST_P(StoreConformance, ListsInTheOrderOfTheIdsAndStopsWhenTold) {
  const auto store = open();
  for (std::uint64_t i = 0; i < 600; ++i) {
    ASSERT_TRUE(store->put(sample::record({.imodel = i, .small_bytes = 50, .large_bytes = 60})));
  }
  std::vector<Guid> ids;
  ASSERT_TRUE(store->list([&](const StoredThumbnail& thumbnail) {
    ids.push_back(thumbnail.facts.imodel_id);
    return true;
  }));
  EXPECT_EQ(ids.size(), 600U);
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
  int visited = 0;
  ASSERT_TRUE(store->list([&](const StoredThumbnail&) { return ++visited < 3; }));
  EXPECT_EQ(visited, 3);
}

TEST_P(StoreConformance, RemembersFailuresUntilTheyEnd) {
  const auto store = open();
  const std::string hostile("a'; DROP TABLE picture;--\0\xff\n", 28);
  ASSERT_TRUE(store->remember_failure({hostile, "picture_truncated", "it ends too soon", 12}));
  ASSERT_TRUE(store->remember_failure({"b.png", "picture_empty", "no bytes", 13}));
  const auto failures = store->failures();
  ASSERT_TRUE(failures);
  ASSERT_EQ(failures->size(), 2U);
  EXPECT_EQ((*failures)[0].source_path, hostile);
  EXPECT_EQ((*failures)[0].code, "picture_truncated");
  EXPECT_EQ((*failures)[0].at_s, 12);
  EXPECT_EQ(store->statistics()->failures, 2U);
  ASSERT_TRUE(store->remember_failure({hostile, "", "", 0}));
  EXPECT_EQ(store->failures()->size(), 1U);
  const std::string too_long(65'537, 'x');
  EXPECT_EQ(store->remember_failure({too_long, "picture_empty", "", 1}).error().code, Code::argument_invalid);
  EXPECT_EQ(store->remember_failure({"c.png", "picture_empty", too_long, 1}).error().code, Code::argument_invalid);
  EXPECT_EQ(store->failures()->size(), 1U);
}

TEST_P(StoreConformance, ForgetsAllFailures) {
  const auto store = open();
  EXPECT_TRUE(store->forget_failures());
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(store->remember_failure({std::to_string(i) + ".png", "picture_empty", "no bytes", i}));
  }
  EXPECT_EQ(store->failures()->size(), 40U);
  EXPECT_TRUE(store->forget_failures());
  EXPECT_TRUE(store->failures()->empty());
  EXPECT_EQ(store->statistics()->failures, 0U);
}

TEST_P(StoreConformance, CountsWhatItHolds) {
  const auto store = open();
  ASSERT_TRUE(store->put(sample::record({.imodel = 1})));
  Record other = sample::record({.imodel = 2});
  other.recipe = "2 contain box small ffffffff";
  ASSERT_TRUE(store->put(other));
  const auto statistics = store->statistics();
  ASSERT_TRUE(statistics);
  EXPECT_EQ(statistics->imodels, 2U);
  EXPECT_EQ(statistics->thumbnails, 2U);
  EXPECT_EQ(statistics->pictures, 4U);
  EXPECT_EQ(statistics->picture_bytes, 2U * (3'000 + 9'000));
  EXPECT_GT(statistics->file_bytes, 0U);
  EXPECT_EQ(statistics->thumbnails_by_recipe.size(), 2U);
}

TEST_P(StoreConformance, FindsNothingWrongWithASoundStore) {
  const auto store = open();
  for (std::uint64_t i = 0; i < 10; ++i) ASSERT_TRUE(store->put(sample::record({.imodel = i})));
  std::uint64_t last = 0;
  CheckOptions options;
  options.progress = [&](std::uint64_t done, std::uint64_t total) {
    last = done;
    EXPECT_EQ(total, 20U);
    return true;
  };
  const auto report = store->check(options);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_TRUE(report->damaged.empty());
  EXPECT_EQ(report->checked, 20U);
  EXPECT_EQ(last, 20U);
  int told = 0;
  options.progress = [&](std::uint64_t, std::uint64_t) {
    ++told;
    return false;
  };
  EXPECT_TRUE(store->check(options));
  EXPECT_EQ(told, 1);
}

// Or a slow one would keep the log from shrinking, and in the end everybody from writing.
TEST_P(StoreConformance, HoldsNobodyUpWhileItTellsOfACheck) {
  const auto store = open();
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(store->put(sample::record({.imodel = i})));
  CheckOptions options;
  std::uint64_t put = 0;
  options.progress = [&](std::uint64_t, std::uint64_t) {
    if (put < 3) put += store->put(sample::record({.imodel = 10 + put})) ? 1 : 100;
    return true;
  };
  const auto report = store->check(options);
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->damaged.empty());
  EXPECT_GT(put, 0U);
  EXPECT_LE(put, 3U);
}

TEST_P(StoreConformance, AnotherOpenStoreSeesEveryChangeAtOnce) {
  const auto writing = open();
  const auto reading = open();
  const Guid imodel_id = sample::id(9);
  for (std::uint64_t version = 1; version <= 10; ++version) {
    const Record record = sample::record({.imodel = 9, .version = version});
    const auto receipt = writing->put(record);
    ASSERT_TRUE(receipt) << receipt.error().detail;
    const auto location = reading->locate(sample::grant(imodel_id), Size::small);
    ASSERT_TRUE(location && *location);
    EXPECT_EQ((*location)->revision, receipt->revision);
    EXPECT_TRUE(sample::same(**sample::fetch(*reading, imodel_id, Size::large), record.large));
  }
  ASSERT_TRUE(*writing->remove(imodel_id));
  EXPECT_FALSE(sample::fetch(*reading, imodel_id, Size::small)->has_value());
  EXPECT_FALSE((*reading->find_imodel(imodel_id))->uploaded);
}

TEST_P(StoreConformance, KeepsAPictureThatAnotherImodelShowed) {
  const auto store = open();
  const Record first = sample::record({.imodel = 1});
  Record second = first;
  second.imodel_id = sample::id(2);
  ASSERT_TRUE(store->put(first));
  ASSERT_TRUE(store->put(second));
  ASSERT_TRUE(*store->remove(first.imodel_id));
  EXPECT_TRUE(sample::same(**sample::fetch(*store, second.imodel_id, Size::large), second.large));
}

TEST_P(StoreConformance, AcceptsOnePictureForBothSizes) {
  const auto store = open();
  Record record = sample::record({.imodel = 1});
  record.large = record.small;
  ASSERT_TRUE(store->put(record));
  EXPECT_TRUE(sample::same(**sample::fetch(*store, record.imodel_id, Size::large), record.small));
}

// Four writers, each through an opening of its own, replace what they last saw: each revision is replaced by one of
// them.
TEST_P(StoreConformance, OfManyReplacementsOfOneRevisionOneIsStored) {
  const auto first = open()->put(sample::record({.imodel = 1}));
  ASSERT_TRUE(first);
  std::atomic<int> stored = 0;
  std::atomic<int> refused = 0;
  std::vector<std::thread> writers;
  for (std::uint64_t writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&, writer] {
      const auto store = open();
      Record record = sample::record({.imodel = 1, .version = 10 + writer});
      record.expected_revision = first->revision;
      const auto receipt = store->put(record);
      ++(receipt ? stored : refused);
      if (!receipt) {
        EXPECT_EQ(receipt.error().code, Code::precondition_failed) << receipt.error().detail;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(stored, 1);
  EXPECT_EQ(refused, 3);
}

// Both sizes of a picture that is replaced all the time always belong together.
TEST_P(StoreConformance, ReadsNoMixtureWhileAPictureIsReplaced) {
  const auto store = open();
  constexpr std::uint64_t versions = 40;
  std::vector<Record> records;
  for (std::uint64_t version = 0; version < versions; ++version) {
    records.push_back(sample::record({.imodel = 1, .version = version, .large_bytes = 20'000 + version}));
  }
  ASSERT_TRUE(store->put(records.front()));
  std::atomic<bool> done = false;
  std::jthread writer([&] {
    for (const Record& record : records) EXPECT_TRUE(store->put(record));
    done = true;
  });
  while (!done) {
    const auto both = store->read_for_operator(records.front().imodel_id);
    ASSERT_TRUE(both) << code_name(both.error().code) << ' ' << both.error().detail;
    ASSERT_TRUE(*both);
    const auto whole = std::ranges::any_of(records, [&](const Record& record) {
      return sample::same((*both)->small, record.small) && sample::same((*both)->large, record.large);
    });
    EXPECT_TRUE(whole);
  }
}

}  // namespace
}  // namespace locket
