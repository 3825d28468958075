#include <gtest/gtest.h>

#include <utility>

#include "store/connection.hpp"
#include "store/digest.hpp"
#include "store/sample.hpp"

namespace locket::store {
namespace {

/// Runs a script on the store's file without the store.
void damage(const std::string& path, const std::string& script) {
  const auto connection = Connection::open(path, {OpenMode::write, 1'000});
  ASSERT_TRUE(connection);
  const auto run = (*connection)->run_script(("PRAGMA foreign_keys = OFF;" + script).c_str(), "damaging");
  ASSERT_TRUE(run) << run.error().detail;
}

/// All that a check of the file finds.
std::string found(const std::string& path) {
  const auto report = sample::open(path)->check({});
  EXPECT_TRUE(report) << report.error().detail;
  std::string all;
  if (!report) return all;
  for (const auto& damage : report->damaged) all += damage.what + "; ";
  return all;
}

TEST(StoreCheck, TakesARemovalMeanwhileForNoDamage) {
  const sample::Folder folder;
  const auto store = sample::open(folder.file());
  for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(store->put(sample::record({.imodel = i})));
  bool removed = false;
  CheckOptions options;
  options.progress = [&](std::uint64_t, std::uint64_t) {
    if (std::exchange(removed, true)) return true;
    const auto gone = store->remove(sample::id(1));
    EXPECT_TRUE(gone && *gone);
    return true;
  };
  const auto report = store->check(options);
  ASSERT_TRUE(report);
  EXPECT_TRUE(removed);
  EXPECT_TRUE(report->damaged.empty()) << report->damaged.front().what;
}

/// What happened to the one thumbnail of a store, and a part of what a check says of it.
struct Loss {
  const char* name;
  const char* script;
  const char* told;
};

class LossTest : public testing::TestWithParam<Loss> {};

TEST_P(LossTest, IsFoundByACheck) {
  const sample::Folder folder;
  ASSERT_TRUE(sample::open(folder.file())->put(sample::record({.imodel = 1})));
  damage(folder.file(), GetParam().script);
  const std::string all = found(folder.file());
  EXPECT_NE(all.find(GetParam().told), std::string::npos) << all;
}

INSTANTIATE_TEST_SUITE_P(
    StoreCheck, LossTest,
    testing::Values(Loss{"OfAPicture", "DELETE FROM picture WHERE picture_id = 1", "small picture"},
                    Loss{"OfAllWithoutATrace", "DELETE FROM upload; DELETE FROM imodel", "in place of"},
                    Loss{"OfAPicturesBytes", "UPDATE picture SET data = zeroblob(length(data)) WHERE picture_id = 1",
                         "small picture"}),
    [](const testing::TestParamInfo<Loss>& loss) { return loss.param.name; });

// A sum that was made again over other bytes proves nothing.
TEST(StoreCheck, ProvesAPictureByItsSha256) {
  const sample::Folder folder;
  ASSERT_TRUE(sample::open(folder.file())->put(sample::record({.imodel = 1, .small_bytes = 3'000})));
  const auto sum = checksum(as_bytes(std::string(3'000, '\0')));
  std::string digits;
  for (const auto byte : sum) {
    for (const unsigned nibble : {static_cast<unsigned>(byte) >> 4, static_cast<unsigned>(byte) & 15U}) {
      digits += "0123456789abcdef"[nibble];
    }
  }
  damage(folder.file(), "UPDATE picture SET data = zeroblob(bytes), xxh3 = x'" + digits + "' WHERE bytes = 3000");
  const std::string all = found(folder.file());
  EXPECT_NE(all.find("is not what was stored"), std::string::npos) << all;
}

}  // namespace
}  // namespace locket::store
