#include "rados/rados_faults.hpp"

#include <rados/librados.h>

#include <atomic>
#include <chrono>
#include <new>
#include <stdexcept>

#include "crypto/checksum.hpp"
#include "rados/pool.hpp"
#include "rados/wire.hpp"
#include "store/conformance.hpp"
#include "store/sample.hpp"

namespace locket {
namespace {

const RadosOptions where = RadosFaults::where;

/// A place on the cluster in memory.
class FakePlace final : public StorePlace {
 public:
  FakePlace() { FakeCluster::get().reset(); }
  Result<std::unique_ptr<Store>> open() override { return open_rados_store(where); }
};

const MakeStorePlace in_memory = [] { return std::make_unique<FakePlace>(); };

INSTANTIATE_TEST_SUITE_P(FakeCeph, StoreConformance, testing::Values(in_memory));
INSTANTIATE_TEST_SUITE_P(FakeCeph, AccessConformance, testing::Values(in_memory));

// Who reads the facts just when others replace them by larger ones must not take them for damaged.
TEST_F(RadosFaults, FactsThatGrowWhileTheyAreReadAreRead) {
  const auto writer = open();
  ASSERT_TRUE(writer->replace_access(document(1)));
  std::atomic<bool> sized = false;
  std::atomic<bool> seen = false;
  cluster.before = [&](std::string_view what, std::string_view object) {
    if (object != "root") return;
    if (what == "stat") sized = true;
    if (what != "look" || !sized || seen.exchange(true)) return;
    EXPECT_TRUE(writer->replace_access(document(100)));
  };
  const auto opened = open_rados_store(where);
  cluster.before = nullptr;
  EXPECT_TRUE(seen);
  EXPECT_TRUE(opened) << opened.error().detail;
}

// A cluster lets a reader wait for the write that is under way, so a picture may be another one at every reading.
TEST_F(RadosFaults, APictureThatIsReplacedBeforeEachReadingIsRead) {
  const auto store = open();
  std::uint64_t version = 1;
  const auto record = [&] {
    return sample::record({.imodel = 1, .version = version, .large_bytes = 20'000 + version});
  };
  const Guid id = record().imodel_id;
  ASSERT_TRUE(store->put(record()));
  cluster.before = [&](std::string_view what, std::string_view object) {
    if (what != "look" || object != to_string(id)) return;
    ++version;
    EXPECT_TRUE(store->put(record()));
  };
  const auto both = store->read_for_operator(id);
  cluster.before = nullptr;
  ASSERT_TRUE(both) << both.error().detail;
  ASSERT_TRUE(*both);
  EXPECT_TRUE(sample::same((*both)->large, record().large));
}

TEST_F(RadosFaults, WhoMayNotWaitTriesOnceAllTheSame) {
  StoreOptions hasty;
  hasty.limits.busy_wait_ms_max = 0;
  const auto store = open(hasty);
  const Record record = sample::record({.imodel = 1});
  const auto put = store->put(record);
  EXPECT_TRUE(put) << put.error().detail;
  // What was last seen is not what there is, as somebody else has changed it.
  EXPECT_TRUE(open()->put(sample::record({.imodel = 1, .version = 2})));
  const auto again = store->put(sample::record({.imodel = 1, .version = 3}));
  EXPECT_TRUE(again) << again.error().detail;
  const auto removed = store->remove(record.imodel_id);
  EXPECT_TRUE(removed && *removed);
}

TEST_F(RadosFaults, AFullPoolIsToldAtOnceAndStillReadAndEmptied) {
  const Record record = sample::record({.imodel = 1});
  ASSERT_TRUE(open()->put(record));
  cluster.full = true;
  const auto store = open();
  EXPECT_TRUE(store->access_revision());
  EXPECT_EQ(store->put(sample::record({.imodel = 2})).error().code, Code::store_full);
  EXPECT_EQ(store->replace_access(document(1)).error().code, Code::store_full);
  EXPECT_TRUE(*store->find_imodel(record.imodel_id));
  EXPECT_TRUE(*store->remove(record.imodel_id));
}

TEST_F(RadosFaults, ALateNoticeFindsItsSpace) {
  cluster.late_notices = true;
  auto store = open();
  EXPECT_TRUE(store->access_revision());
  store.reset();
  rados_watch_flush(nullptr);
}

// With a short wait the cluster's client gives up telling before those who watch cease to trust what they know.
TEST_F(RadosFaults, AChangeThatNobodyWasToldOfIsAcknowledgedOnceNobodyTrustsTheOldFacts) {
  const auto writer = open();
  const auto reader = open();
  ASSERT_TRUE(writer->replace_access(document(1)));
  ASSERT_EQ(*reader->access_revision(), 1U);
  cluster.notify_result = -ETIMEDOUT;
  const auto replaced = writer->replace_access(document(2));
  ASSERT_TRUE(replaced) << replaced.error().detail;
  EXPECT_EQ(*reader->access_revision(), 2U);
}

TEST_F(RadosFaults, ATellingWithoutEndIsNotWaitedForLongerThanThoseToldMayTake) {
  const auto writer = open();
  const auto reader = open();
  ASSERT_EQ(*reader->access_revision(), 0U);
  cluster.notify_hangs = true;
  const auto begin = std::chrono::steady_clock::now();
  const auto replaced = writer->replace_access(document(1));
  ASSERT_TRUE(replaced) << replaced.error().detail;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(15));
  EXPECT_EQ(*reader->access_revision(), 1U);
}

TEST_F(RadosFaults, AnyNumberOfItwinsIsReplacedInOperationsThatTheClusterTakes) {
  constexpr std::size_t itwins = 70'000;
  const auto store = open();
  for (const std::string_view owner : {"olivia", "otto"}) {
    const auto replaced = store->replace_access(document(itwins, owner));
    ASSERT_TRUE(replaced) << replaced.error().detail;
    const auto loaded = store->load_access(AccessScope::configured);
    ASSERT_TRUE(loaded);
    ASSERT_EQ(loaded->document.itwins.size(), itwins);
    EXPECT_EQ(loaded->document.itwins.back().owners.front(), owner);
  }
  std::size_t objects = 0;
  EXPECT_TRUE((*rados::Pool::open(where))->access->names([&](std::string_view) { return ++objects, true; }));
  EXPECT_EQ(objects, itwins + 2);  // the root, and what belongs to no iTwin
}

TEST_F(RadosFaults, AStoreTakesNoLimitThatItCanNotKeep) {
  StoreOptions large_pictures;
  large_pictures.limits.stored_picture_bytes_max = (40 << 20) + 1;
  StoreOptions long_texts;
  long_texts.limits.stored_text_bytes_max = 65'537;
  for (const StoreOptions& options : {large_pictures, long_texts}) {
    EXPECT_EQ(open_rados_store(where, options).error().code, Code::argument_invalid);
  }
}

TEST_F(RadosFaults, AListHasWhatIsSoundAndTellsOfTheRest) {
  const auto store = open();
  for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(store->put(sample::record({.imodel = i})));
  const auto pool = std::move(*rados::Pool::open(where));
  rados::WriteOperation damaging;
  damaging.set("head", "damaged");
  ASSERT_EQ(pool->imodels->operate(to_string(sample::id(2)), damaging), 0);
  std::vector<Guid> found;
  const auto listed = store->list([&](const StoredThumbnail& thumbnail) {
    found.push_back(thumbnail.facts.imodel_id);
    return true;
  });
  ASSERT_TRUE(listed) << listed.error().detail;
  EXPECT_EQ(*listed, std::vector{sample::id(2)});
  EXPECT_EQ(found, (std::vector{sample::id(1), sample::id(3)}));
  const auto access = store->load_access(AccessScope::whole);
  ASSERT_TRUE(access) << access.error().detail;
  EXPECT_EQ(access->document.imodels.size(), 2U);
}

TEST_F(RadosFaults, ADamagedEntryKeepsNoFactsFromBeingReplacedAndIsRemovedAndStoredAnew) {
  const auto store = open();
  const Record record = sample::record({.imodel = 2});
  AccessDocument facts;
  facts.organizations = {{Guid{{1}}, {"ada"}, {}}};
  facts.itwins = {{*record.itwin_id, Guid{{1}}, {"olivia"}, {}, {}, {}}};
  facts.imodels = {{record.imodel_id, *record.itwin_id, ImodelMode::none, {}}};
  ASSERT_TRUE(store->replace_access(facts));
  for (const char* revision : {"0000000000000007", ""}) {
    ASSERT_TRUE(store->put(record));
    const auto pool = std::move(*rados::Pool::open(where));
    rados::WriteOperation damaging;
    damaging.set("head", "damaged").set("revision", revision);
    ASSERT_EQ(pool->imodels->operate(to_string(record.imodel_id), damaging), 0);
    EXPECT_EQ(store->put(record).error().code, Code::store_corrupt);
    AccessDocument without = facts;
    without.imodels.clear();
    ASSERT_TRUE(store->replace_access(without));
    EXPECT_EQ(store->find_imodel(record.imodel_id).error().code, Code::store_corrupt);
    EXPECT_TRUE(*store->remove(record.imodel_id));
    EXPECT_FALSE(*store->remove(record.imodel_id));
    EXPECT_FALSE(*store->find_imodel(record.imodel_id));
    ASSERT_TRUE(store->replace_access(facts));
    EXPECT_FALSE((*store->find_imodel(record.imodel_id))->uploaded);
  }
  ASSERT_TRUE(store->put(record));
  EXPECT_TRUE(store->check({})->damaged.empty());
}

TEST_F(RadosFaults, ADamagedEntryThatSaysNoRevisionIsNotWrittenOverWhatOthersMadeOfIt) {
  const auto first = open();
  const auto second = open();
  const auto pool = std::move(*rados::Pool::open(where));
  const std::string name = to_string(sample::id(1));
  ASSERT_EQ(pool->imodels->operate(name, rados::WriteOperation().write("damaged")), 0);
  std::atomic<bool> seen = false;
  std::uint64_t revision = 0;
  cluster.before = [&](std::string_view what, std::string_view object) {
    if (what != "write" || object != name || seen.exchange(true)) return;
    EXPECT_TRUE(*second->remove(sample::id(1)));
    const auto put = second->put(sample::record({.imodel = 1}));
    ASSERT_TRUE(put) << put.error().detail;
    revision = put->revision;
  };
  EXPECT_TRUE(*first->remove(sample::id(1))) << "what the other has put";
  cluster.before = nullptr;
  const auto put = second->put(sample::record({.imodel = 1, .version = 2}));
  ASSERT_TRUE(put) << put.error().detail;
  EXPECT_GT(put->revision, revision);
  EXPECT_GT(revision, 1'000'000'000U) << "above what anybody can have been told before the damage";
}

TEST_F(RadosFaults, APictureThatWasStoredUnderAHigherLimitIsStillRead) {
  ASSERT_TRUE(open()->put(sample::record({.imodel = 1, .large_bytes = 90'000})));
  StoreOptions lowered;
  lowered.limits.stored_picture_bytes_max = 50'000;
  const auto fetched = sample::fetch(*open(lowered), sample::id(1), Size::large);
  ASSERT_TRUE(fetched) << fetched.error().detail;
  EXPECT_TRUE(*fetched);
}

TEST_F(RadosFaults, AStoreOfANewerVersionIsToldAsSuch) {
  {
    const auto store = open();
  }
  rados::Encoder encoder;
  encoder.add(std::string_view("locket access 2")).add(std::uint64_t{7});
  encoder.add_raw(crypto::checksum(as_bytes(encoder.text())));
  const auto pool = std::move(*rados::Pool::open(where));
  rados::WriteOperation writing;
  ASSERT_EQ(pool->access->operate("root", writing.write(encoder.text())), 0);
  EXPECT_EQ(open_rados_store(where).error().code, Code::store_newer);
  ASSERT_EQ(pool->access->operate("root", rados::WriteOperation().write("locket access 2, damaged")), 0);
  EXPECT_EQ(open()->load_access(AccessScope::configured).error().code, Code::store_corrupt);
}

}  // namespace
}  // namespace locket
