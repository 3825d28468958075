#include <gtest/gtest.h>

#include <array>

#include "store/sample.hpp"
#include "store/schema.hpp"

namespace locket::store {
namespace {

// Steps that no build has, so that the way forward is tried before the first one is needed.
constexpr Migration first = {1, "CREATE TABLE note (text TEXT) STRICT; PRAGMA user_version = 2"};
constexpr Migration second = {2, "ALTER TABLE note ADD COLUMN at_s INTEGER; PRAGMA user_version = 3"};
constexpr Migration failing = {2, "ALTER TABLE note ADD COLUMN at_s INTEGER; INSERT INTO nothing VALUES (1)"};
constexpr Migration silent = {1, "CREATE TABLE note (text TEXT) STRICT"};

class Migrate : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(open_store(folder_.file()));
    connection_ = std::move(*Connection::open(folder_.file(), {OpenMode::write, 0}));
  }
  std::int64_t version() {
    auto statement = connection_->statement(Sql::user_version);
    return statement.step() ? statement.integer(0) : -1;
  }
  /// Whether the tables are those of version 1.
  bool is_as_it_was() { return version() == 1 && verify_schema(*connection_).has_value(); }

  sample::Folder folder_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(Migrate, TakesAllStepsToTheVersionWanted) {
  ASSERT_TRUE(migrate(*connection_, std::array{first, second}, 3));
  EXPECT_EQ(version(), 3);
  EXPECT_TRUE(connection_->run_script("INSERT INTO note (text, at_s) VALUES ('a', 1)", "using the new column"));
}

TEST_F(Migrate, BeginsWhereTheFileStands) {
  ASSERT_TRUE(migrate(*connection_, std::array{first}, 2));
  ASSERT_TRUE(migrate(*connection_, std::array{first, second}, 3));
  EXPECT_EQ(version(), 3);
  ASSERT_TRUE(migrate(*connection_, std::array{first, second}, 3));  // another process was faster
  EXPECT_EQ(version(), 3);
}

TEST_F(Migrate, TakesNoStepWhenOneFails) {
  const auto migrated = migrate(*connection_, std::array{first, failing}, 3);
  ASSERT_FALSE(migrated);
  EXPECT_EQ(migrated.error().code, Code::store_failed);
  EXPECT_TRUE(is_as_it_was());
}

TEST_F(Migrate, TakesNoStepWhenOneIsMissing) {
  EXPECT_EQ(migrate(*connection_, std::array{first}, 3).error().code, Code::store_failed);
  EXPECT_TRUE(is_as_it_was());
  EXPECT_EQ(migrate(*connection_, std::array{second}, 3).error().code, Code::store_failed);
  EXPECT_TRUE(is_as_it_was());
}

TEST_F(Migrate, RefusesAStepThatDoesNotTellItsVersion) {
  EXPECT_EQ(migrate(*connection_, std::array{silent}, 2).error().code, Code::store_failed);
  EXPECT_TRUE(is_as_it_was());
}

TEST(Migrations, LeadToThisVersion) {
  std::uint32_t reached = 1;
  for (const Migration& step : migrations()) EXPECT_EQ(step.from, reached++);
  EXPECT_EQ(reached, schema_version);
}

}  // namespace
}  // namespace locket::store
