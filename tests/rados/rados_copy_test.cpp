#include "locket/copy_store.hpp"
#include "rados/rados_place.hpp"
#include "store/sample.hpp"

namespace locket {
namespace {

constexpr std::uint64_t imodels = 300;

TEST(RadosCopy, AStoreGoesToCephAndBackWithoutAChange) {
  if (!RadosPlace::is_there()) GTEST_SKIP() << "LOCKET_TEST_POOL names no pool: ./tools/cluster.sh test";
  const RadosPlace place;
  const sample::Folder folder;
  const auto file = std::move(*open_store(folder.file("one.locket")));
  for (std::uint64_t i = 0; i < imodels; ++i) ASSERT_TRUE(file->put(sample::record({.imodel = i})));
  ASSERT_TRUE(file->remember_failure({"a.png", "picture_empty", "no bytes", 7}));
  const auto ceph = std::move(*open_rados_store(place.where));

  ASSERT_TRUE(ceph->put(sample::record({.imodel = 999})));
  const auto there = copy_store(*file, *ceph);
  ASSERT_TRUE(there) << there.error().detail;
  EXPECT_EQ(there->copied, imodels);
  EXPECT_TRUE(there->failed.empty());
  const auto again = copy_store(*file, *ceph);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->copied, 0U);
  EXPECT_EQ(again->unchanged, imodels);
  EXPECT_FALSE(again->access_copied);

  ASSERT_TRUE(*ceph->remove(sample::id(999)));
  const auto back = std::move(*open_store(folder.file("two.locket")));
  const auto returned = copy_store(*ceph, *back);
  ASSERT_TRUE(returned) << returned.error().detail;
  EXPECT_EQ(returned->copied, imodels);
  for (std::uint64_t i = 0; i < imodels; ++i) {
    const auto one = file->read_for_operator(sample::id(i));
    const auto other = back->read_for_operator(sample::id(i));
    ASSERT_TRUE(one && *one && other && *other);
    EXPECT_TRUE(sample::same((*one)->small, (*other)->small));
    EXPECT_TRUE(sample::same((*one)->large, (*other)->large));
  }
  EXPECT_TRUE(back->check({})->damaged.empty());
}

}  // namespace
}  // namespace locket
