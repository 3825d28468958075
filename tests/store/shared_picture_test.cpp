#include <gtest/gtest.h>
#include <sqlite3.h>

#include "store/sample.hpp"

namespace locket {
namespace {

/// Does to every picture what a statement says, behind the store's back.
void damage(const std::string& path, const char* sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
  sqlite3_close(database);
}

class SharedPicture : public testing::TestWithParam<const char*> {};

TEST_P(SharedPicture, ThatIsDamagedIsMendedAndCountedOnceByWhoStoresItAgain) {
  const sample::Folder folder;
  ASSERT_TRUE(sample::open(folder.file())->put(sample::record({.imodel = 1})));
  damage(folder.file(), GetParam());
  const auto store = sample::open(folder.file());
  Record again = sample::record({.imodel = 1});
  again.imodel_id = sample::id(2);
  ASSERT_TRUE(store->put(again));
  const auto read = store->read_for_operator(sample::id(2));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_TRUE(sample::same((*read)->small, again.small));
  EXPECT_TRUE(sample::same((*read)->large, again.large));
  const auto facts = store->statistics();
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->picture_bytes, again.small.size() + again.large.size());
}

INSTANTIATE_TEST_SUITE_P(
    Damages, SharedPicture,
    testing::Values("UPDATE picture SET data = zeroblob(length(data))",
                    "UPDATE picture SET bytes = bytes - 1, data = substr(data, 1, length(data) - 1)"));

}  // namespace
}  // namespace locket
