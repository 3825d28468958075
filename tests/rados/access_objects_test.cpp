#include "rados/access_objects.hpp"

#include <algorithm>
#include <cerrno>

#include "rados/rados_faults.hpp"
#include "store/sample.hpp"

namespace locket {
namespace {

/// A store whose facts name an iModel, and what lies in its pool.
class RadosFacts : public RadosFaults {
 protected:
  void SetUp() override {
    RadosFaults::SetUp();
    facts = document(2);
    facts.imodels = {{sample::id(1), facts.itwins[0].id, ImodelMode::none, {}}};
    store = open();
    ASSERT_TRUE(store->replace_access(facts));
    ASSERT_TRUE(store->load_access(AccessScope::configured));
    pool = std::move(*rados::Pool::open(where));
  }

  void TearDown() override {
    pool.reset();
    store.reset();
    RadosFaults::TearDown();
  }

  /// The piece whose name begins so.
  [[nodiscard]] std::string piece(std::string_view start) const {
    std::string found;
    EXPECT_TRUE(pool->access->names([&](std::string_view name) {
      if (name.starts_with(start)) found = name;
      return true;
    }));
    EXPECT_NE(found, "");
    return found;
  }

  void damage(const std::string& object) const {
    ASSERT_EQ(pool->access->operate(object, rados::WriteOperation().write("damaged")), 0);
  }

  /// Whether somebody who knows nothing yet can read the facts.
  [[nodiscard]] static bool can_be_read() {
    const auto fresh = open();
    const auto loaded = fresh->load_access(AccessScope::whole);
    const auto checked = fresh->check({});
    return loaded && checked && checked->damaged.empty();
  }

  AccessDocument facts;
  std::unique_ptr<Store> store;
  std::unique_ptr<rados::Pool> pool;
};

TEST_F(RadosFacts, ThatAreAcknowledgedCanBeReadWhateverHadHappenedToTheirPieces) {
  for (const std::string_view start : {"rest.", "itwin.", "imodels."}) {
    damage(piece(start));
    EXPECT_FALSE(can_be_read());
    const auto replaced = store->replace_access(facts);
    ASSERT_TRUE(replaced) << start << ' ' << replaced.error().detail;
    EXPECT_TRUE(can_be_read()) << start;
    ASSERT_EQ(pool->access->remove(piece(start)), 0);
    EXPECT_FALSE(can_be_read());
    const auto again = open()->replace_access(facts);
    ASSERT_TRUE(again) << start << ' ' << again.error().detail;
    EXPECT_TRUE(can_be_read()) << start;
  }
}

TEST_F(RadosFacts, AreReplacedByOthersWhereTheListOfImodelsIsDamagedOrMissing) {
  damage(piece("imodels."));
  AccessDocument without = facts;
  without.imodels.clear();
  const auto replaced = open()->replace_access(without);
  ASSERT_TRUE(replaced) << replaced.error().detail;
  EXPECT_TRUE(can_be_read());
  ASSERT_TRUE(store->replace_access(facts));
  ASSERT_EQ(pool->access->remove(piece("imodels.")), 0);
  ASSERT_TRUE(open()->replace_access(without));
  EXPECT_TRUE(can_be_read());
}

TEST_F(RadosFacts, WhoseRootIsDamagedAreToldAndReplaced) {
  const std::string first = std::to_string(*store->access_revision());
  for (const char* revision : {"0000000000000009", "no number", ""}) {
    rados::WriteOperation damaging;
    damaging.set("revision", revision);
    if (*revision == '\0') damaging.write("damaged");
    ASSERT_EQ(pool->access->operate("root", damaging), 0);
    const auto fresh = open();
    EXPECT_EQ(fresh->load_access(AccessScope::configured).error().code, Code::store_corrupt);
    EXPECT_EQ(fresh->check({})->damaged.size(), 1U);
    const auto replaced = fresh->replace_access(facts);
    ASSERT_TRUE(replaced) << revision << ": " << replaced.error().detail;
    EXPECT_TRUE(can_be_read());
    EXPECT_EQ(*store->access_revision(), *replaced);
  }
  EXPECT_GT(*store->access_revision(), 9U);
  std::size_t objects = 0;
  EXPECT_TRUE(pool->access->names([&](std::string_view) { return ++objects, true; }));
  EXPECT_EQ(objects, facts.itwins.size() + 3) << "what the damaged root named is swept away";
}

// Else those of the iTwin that it was uploaded to would see an iModel again that was moved to another.
TEST_F(RadosFacts, WhoseRootAloneIsMarkedWrongStillSayWhichItwinAnImodelHas) {
  Record record = sample::record({.imodel = 5});
  record.itwin_id = facts.itwins[0].id;
  ASSERT_TRUE(store->put(record));
  AccessDocument moving = facts;
  moving.imodels.push_back({record.imodel_id, facts.itwins[1].id, ImodelMode::none, {}});
  ASSERT_TRUE(store->replace_access(moving));
  ASSERT_EQ(pool->access->operate("root", rados::WriteOperation().set("revision", "no number")), 0);
  const auto fresh = open();
  ASSERT_TRUE(fresh->replace_access(facts));
  const auto entry = fresh->find_imodel(record.imodel_id);
  ASSERT_TRUE(entry && *entry);
  EXPECT_EQ((*entry)->facts.itwin_id, facts.itwins[1].id);
}

TEST_F(RadosFacts, AreCheckedWhereTheyLieAndNotInMemory) {
  damage(piece("itwin."));
  EXPECT_EQ(store->check({})->damaged.size(), 1U);
  ASSERT_EQ(pool->access->remove(piece("imodels.")), 0);
  EXPECT_EQ(store->check({})->damaged.size(), 2U);
}

TEST_F(RadosFacts, ThatAreReplacedAtEachReadingAreBusyAndNotDamaged) {
  const auto reader = open();
  int version = 0;
  cluster.before = [&](std::string_view what, std::string_view object) {
    if (what != "stat" || !object.starts_with("imodels.")) return;
    AccessDocument other = facts;
    other.imodels.push_back(
        {sample::id(static_cast<std::uint64_t>(10 + ++version)), facts.itwins[0].id, ImodelMode::none, {}});
    std::ranges::sort(other.imodels, {}, &AccessDocument::Imodel::id);
    EXPECT_TRUE(store->replace_access(other));
  };
  EXPECT_EQ(reader->find_imodel(sample::id(1)).error().code, Code::store_busy);
  cluster.before = nullptr;
  EXPECT_TRUE(*reader->find_imodel(sample::id(1)));
}

}  // namespace
}  // namespace locket
