#include <atomic>
#include <thread>

#include "rados/access_watch.hpp"
#include "rados/pool.hpp"
#include "rados/rados_place.hpp"
#include "store/sample.hpp"

namespace locket {
namespace {

AccessDocument document(const std::vector<std::string>& viewers) {
  AccessDocument made;
  made.organizations = {{Guid{{1}}, {}, {}}};
  AccessDocument::Itwin itwin{Guid{{3}}, Guid{{1}}, {}, {}, {}, {}};
  itwin.roles = {{"viewer", PermissionSet::from_bits(1)}};
  for (const std::string& viewer : viewers) itwin.members.push_back({viewer, "", {"viewer"}});
  made.itwins = {itwin, {Guid{{4}}, Guid{{1}}, {"owner"}, {}, {}, {}}};
  made.imodels = {{sample::id(1), Guid{{3}}, ImodelMode::none, {}}};
  return made;
}

class RadosStore : public testing::Test {
 protected:
  void SetUp() override {
    if (!RadosPlace::is_there()) GTEST_SKIP() << "LOCKET_TEST_POOL names no pool: ./tools/cluster.sh test";
    place = std::make_unique<RadosPlace>();
  }

  std::unique_ptr<Store> open() const { return std::move(*open_rados_store(place->where)); }
  std::unique_ptr<rados::Pool> pool() const { return std::move(*rados::Pool::open(place->where)); }
  static std::size_t count(rados::Space& space) {
    std::size_t objects = 0;
    EXPECT_TRUE(space.names([&](std::string_view) { return ++objects, true; }));
    return objects;
  }

  std::unique_ptr<RadosPlace> place;
};

TEST_F(RadosStore, KeepsOneObjectForAnImodel) {
  const auto store = open();
  for (std::uint64_t version = 1; version <= 3; ++version) {
    ASSERT_TRUE(store->put(sample::record({.imodel = 1, .version = version})));
    ASSERT_TRUE(store->put(sample::record({.imodel = 2, .version = version})));
  }
  EXPECT_EQ(count(*pool()->imodels), 2U);
}

TEST_F(RadosStore, NeverGivesBytesThatWereNotStored) {
  const auto store = open();
  const Record record = sample::record({.imodel = 1});
  ASSERT_TRUE(store->put(record));
  const auto raw = pool();
  std::string bytes = **raw->imodels->read_whole(to_string(record.imodel_id), 1'000'000);
  bytes[record.small.size() + 5] ^= 1;
  ASSERT_EQ(rados_write_full(raw->imodels->handle(), to_string(record.imodel_id).c_str(), bytes.data(), bytes.size()),
            0);
  EXPECT_TRUE(sample::same(**sample::fetch(*store, record.imodel_id, Size::small), record.small));
  EXPECT_EQ(sample::fetch(*store, record.imodel_id, Size::large).error().code, Code::store_corrupt);
  EXPECT_EQ(store->read_for_operator(record.imodel_id).error().code, Code::store_corrupt);
  const auto report = store->check({});
  ASSERT_TRUE(report);
  ASSERT_EQ(report->damaged.size(), 1U);
  EXPECT_EQ(report->damaged[0].imodel_id, record.imodel_id);
  bytes.resize(100);
  ASSERT_EQ(rados_write_full(raw->imodels->handle(), to_string(record.imodel_id).c_str(), bytes.data(), bytes.size()),
            0);
  EXPECT_EQ(sample::fetch(*open(), record.imodel_id, Size::small).error().code, Code::store_corrupt);
  // A new upload mends it.
  ASSERT_TRUE(store->put(record));
  EXPECT_TRUE(store->check({})->damaged.empty());
}

TEST_F(RadosStore, ReadsThePicturesThatAreFetchedOftenFromMemoryUntilTheyAreReplaced) {
  const auto store = open();
  const auto other = open();
  for (std::uint64_t version = 1; version <= 3; ++version) {
    const Record record = sample::record({.imodel = 1, .version = version});
    ASSERT_TRUE(other->put(record));
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(sample::same(**sample::fetch(*store, record.imodel_id, Size::small), record.small));
      EXPECT_TRUE(sample::same(**sample::fetch(*store, record.imodel_id, Size::large), record.large));
    }
    EXPECT_GE(store->statistics()->hot_pictures.hits, 4 * version);
  }
  EXPECT_EQ(store->statistics()->hot_pictures.entries, 2U);
}

TEST_F(RadosStore, NeverTakesAnotherImodelsObjectForItsOwn) {
  const auto store = open();
  ASSERT_TRUE(store->put(sample::record({.imodel = 1})));
  const auto raw = pool();
  rados::Attributes attributes;
  ASSERT_GE(raw->imodels->read(to_string(sample::id(1)), attributes, 0, {}), 0);
  rados::WriteOperation copying;
  copying.write(**raw->imodels->read_whole(to_string(sample::id(1)), 1'000'000));
  for (const auto& [name, value] : attributes) copying.set(name.c_str(), value);
  ASSERT_EQ(raw->imodels->operate(to_string(sample::id(2)), copying), 0);
  EXPECT_EQ(store->find_imodel(sample::id(2)).error().code, Code::store_corrupt);
}

TEST_F(RadosStore, WritesOnlyTheFactsThatChangedAndSweepsTheOldOnesAway) {
  const auto store = open();
  ASSERT_EQ(*store->replace_access(document({"alice", "bob"})), 1U);
  const auto raw = pool();
  const std::size_t objects = count(*raw->access);
  EXPECT_EQ(objects, 5U);  // the root, what belongs to no iTwin, two iTwins, the named iModels
  // What a writer that was killed left behind.
  const std::string left = "itwin.left." + std::string(15, '0') + "2." + std::string(64, 'a');
  rados::WriteOperation noting;
  ASSERT_EQ(raw->access->operate(rados::root_object, noting.set_entry(left, "")), 0);
  rados::WriteOperation leaving;
  ASSERT_EQ(raw->access->operate(left, leaving.write("half")), 0);
  ASSERT_EQ(*store->replace_access(document({"alice"})), 2U);
  EXPECT_EQ(count(*raw->access), objects);
  std::size_t noted = 0;
  ASSERT_TRUE(raw->access->entries(rados::root_object, [&](std::string_view, std::string_view) { ++noted; }));
  EXPECT_EQ(noted, 0U);
}

// One process changes the facts again and again; whoever asks after the change was acknowledged sees it.
TEST_F(RadosStore, AChangeOfTheFactsReachesEveryOpenStoreBeforeItIsAcknowledged) {
  const auto writing = open();
  const auto reading = open();
  ASSERT_EQ(*reading->access_revision(), 0U);
  std::atomic<std::uint64_t> acknowledged = 0;
  std::atomic<bool> done = false;
  std::atomic<std::uint64_t> asked = 0;
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 3; ++reader) {
    readers.emplace_back([&] {
      while (!done) {
        const std::uint64_t least = acknowledged;
        const auto seen = reading->access_revision();
        ASSERT_TRUE(seen);
        ASSERT_GE(*seen, least);
        ++asked;
      }
    });
  }
  for (std::uint64_t revision = 1; revision <= 20; ++revision) {
    ASSERT_EQ(*writing->replace_access(document({"alice", std::to_string(revision)})), revision);
    acknowledged = revision;
    while (asked < revision * 1'000) std::this_thread::yield();
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
}

TEST_F(RadosStore, TwoWhoReplaceTheFactsAtOnceBothSucceedOneAfterTheOther) {
  constexpr int changes = 10;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 2; ++writer) {
    writers.emplace_back([&, writer] {
      const auto store = open();
      for (int i = 0; i < changes; ++i) {
        const auto replaced =
            store->replace_access(document({"writer-" + std::to_string(writer), "change-" + std::to_string(i)}));
        ASSERT_TRUE(replaced) << replaced.error().detail;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  const auto store = open();
  const auto access = store->load_access(AccessScope::whole);
  ASSERT_TRUE(access) << access.error().detail;
  EXPECT_EQ(access->revision, 2U * changes);
  EXPECT_EQ(access->document.itwins.size(), 2U);
}

TEST_F(RadosStore, RefusesWhatIsNotThere) {
  RadosOptions wrong = place->where;
  wrong.pool = "no-such-pool";
  EXPECT_EQ(open_rados_store(wrong).error().code, Code::store_open_failed);
  StoreOptions options;
  options.create = false;
  EXPECT_EQ(open_rados_store(place->where, options).error().code, Code::store_open_failed);
  wrong = place->where;
  wrong.name = "../up";
  EXPECT_EQ(open_rados_store(wrong).error().code, Code::argument_invalid);
  wrong = place->where;
  wrong.wait_ms_max = 10;
  EXPECT_EQ(open_rados_store(wrong).error().code, Code::argument_invalid);
}

}  // namespace
}  // namespace locket
