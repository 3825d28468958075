#include "store/store_statistics.hpp"

#include <sys/stat.h>

#include "store/state_row.hpp"

namespace locket::store {
namespace {

std::uint64_t file_bytes(const std::string& path) {
  struct stat facts{};
  return stat(path.c_str(), &facts) == 0 ? static_cast<std::uint64_t>(facts.st_size) : 0;
}

Result<std::uint64_t> count(Connection& connection, Sql sql) {
  auto statement = connection.statement(sql);
  const auto row = statement.step();
  if (!row) return std::unexpected(row.error());
  return static_cast<std::uint64_t>(statement.integer(0));
}

Result<void> count_by_recipe(Connection& connection, StoreStatistics& statistics) {
  auto statement = connection.statement(Sql::count_by_recipe);
  while (true) {
    const auto row = statement.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    statistics.thumbnails_by_recipe.emplace_back(statement.text(0), static_cast<std::uint64_t>(statement.integer(1)));
  }
}

/// More than counting and grouping take where every page is full of the shortest rows.
std::uint64_t steps_for(std::uint64_t store_bytes) {
  constexpr std::uint64_t row_bytes_min = 16;
  constexpr std::uint64_t steps_a_row = 64;
  constexpr std::uint64_t steps_at_least = 100'000;
  return steps_at_least + store_bytes / row_bytes_min * steps_a_row;
}

Result<void> count_all(Connection& connection, StoreStatistics& statistics) {
  const auto state = load_state(connection);
  if (!state) return std::unexpected(state.error());
  const auto imodels = count(connection, Sql::count_imodels);
  if (!imodels) return std::unexpected(imodels.error());
  const auto failures = count(connection, Sql::count_failures);
  if (!failures) return std::unexpected(failures.error());
  statistics.imodels = *imodels;
  statistics.failures = *failures;
  statistics.thumbnails = static_cast<std::uint64_t>(state->thumbnails);
  statistics.pictures = static_cast<std::uint64_t>(state->pictures);
  statistics.picture_bytes = static_cast<std::uint64_t>(state->picture_bytes);
  statistics.access_revision = static_cast<std::uint64_t>(state->access_revision);
  return count_by_recipe(connection, statistics);
}

}  // namespace

Result<StoreStatistics> read_statistics(Connection& connection, const std::string& path) {
  StoreStatistics statistics;
  statistics.file_bytes = file_bytes(path);
  statistics.wal_bytes = file_bytes(path + "-wal");
  const StepBudget budget(connection, steps_for(statistics.file_bytes + statistics.wal_bytes));
  const auto counted = count_all(connection, statistics);
  if (budget.is_spent()) return fail(Code::store_corrupt, "a table has more rows than the file has room for");
  if (!counted) return std::unexpected(counted.error());
  return statistics;
}

}  // namespace locket::store
