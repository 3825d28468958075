#include "store/imodel_table.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstring>
#include <set>
#include <vector>

#include "store/sample.hpp"

namespace locket::store {
namespace {

constexpr std::uint32_t wait_ms = 5'000;
constexpr std::uint64_t imodels = 60;

// Ids in both halves of all that there may be.
Guid spread_id(std::uint64_t number) {
  Guid id = sample::id(number);
  id.bytes[0] = static_cast<std::uint8_t>(number * 37);
  return id;
}

Guid next_of(Guid id) {
  id.bytes[15] = static_cast<std::uint8_t>(id.bytes[15] ^ 1U);
  return id;
}

class ImodelTable : public ::testing::Test {
 protected:
  ImodelTable() : store_(open_store(folder_.file()).value()) {
    for (std::uint64_t number = 1; number <= imodels; ++number) {
      Record record = sample::record({.imodel = number, .small_bytes = 50, .large_bytes = 60});
      record.imodel_id = spread_id(number);
      EXPECT_TRUE(store_->put(record));
    }
    connection_ = Connection::open(folder_.file(), {OpenMode::write, wait_ms}).value();
  }

  // What the engine of the database did for one look-up: how often it ran which of its instructions, counted by itself.
  int steps_of(const Guid& id, bool expected) {
    const auto row = find_imodel_row_evenly(*connection_, id);
    EXPECT_TRUE(row) << row.error().detail;
    EXPECT_EQ(row && row->has_value(), expected);
    int steps = 0;
    sqlite3_stmt* statement = nullptr;
    while ((statement = sqlite3_next_stmt(connection_->handle(), statement)) != nullptr) {
      if (std::strstr(sqlite3_sql(statement), "LIMIT 1") == nullptr) continue;
      steps += sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 1);
    }
    return steps;
  }

  const sample::Folder folder_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(ImodelTable, FindsEvenlyWhatItFindsByTheKey) {
  for (std::uint64_t number = 1; number <= imodels; ++number) {
    const Guid known = spread_id(number);
    const auto by_key = find_imodel_row(*connection_, known).value();
    const auto evenly = find_imodel_row_evenly(*connection_, known).value();
    ASSERT_TRUE(by_key && evenly);
    EXPECT_EQ(evenly->imodel_id, known);
    EXPECT_EQ(evenly->itwin_id, by_key->itwin_id);
    EXPECT_EQ(evenly->thumbnail->small, by_key->thumbnail->small);
    EXPECT_EQ(evenly->thumbnail->large, by_key->thumbnail->large);
    EXPECT_FALSE(find_imodel_row_evenly(*connection_, next_of(known)).value());
  }
  EXPECT_FALSE(find_imodel_row_evenly(*connection_, Guid{}).value());
  Guid last;
  last.bytes.fill(0xFF);
  EXPECT_FALSE(find_imodel_row_evenly(*connection_, last).value());
}

TEST_F(ImodelTable, ReadsAndProvesARowWhetherTheImodelIsKnownOrNot) {
  std::set<int> steps;
  for (std::uint64_t number = 1; number <= imodels; ++number) {
    steps.insert(steps_of(spread_id(number), true));
    steps.insert(steps_of(next_of(spread_id(number)), false));
  }
  steps.insert(steps_of(Guid{}, false));
  EXPECT_EQ(steps.size(), 1U) << "some look-up took another way";
  EXPECT_GT(*steps.begin(), 0);
}

TEST_F(ImodelTable, ADamagedRowIsAnErrorForItsOwnIdOnly) {
  ASSERT_TRUE(connection_->run_script("UPDATE imodel SET itwin_id = x'00112233445566778899aabbccddeeff'", "damage"));
  for (std::uint64_t number = 1; number <= imodels; ++number) {
    const auto known = find_imodel_row_evenly(*connection_, spread_id(number));
    ASSERT_FALSE(known);
    EXPECT_EQ(known.error().code, Code::store_corrupt);
    const auto unknown = find_imodel_row_evenly(*connection_, next_of(spread_id(number)));
    ASSERT_TRUE(unknown);
    EXPECT_FALSE(*unknown);
  }
}

TEST(ImodelTableOfNothing, HasNoRowForAnyId) {
  const sample::Folder folder;
  const auto store = open_store(folder.file()).value();
  const auto connection = Connection::open(folder.file(), {OpenMode::read, wait_ms}).value();
  Guid last;
  last.bytes.fill(0xFF);
  for (const Guid& id : {Guid{}, last}) {
    const auto row = find_imodel_row_evenly(*connection, id);
    ASSERT_TRUE(row);
    EXPECT_FALSE(*row);
  }
}

}  // namespace
}  // namespace locket::store
