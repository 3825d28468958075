#include "store/failure_table.hpp"

namespace locket::store {

Result<void> write_failure(Connection& connection, const ImportFailure& failure) {
  if (failure.code.empty()) {
    auto statement = connection.statement(Sql::delete_failure);
    return statement.bind(1, std::string_view(failure.source_path)).run();
  }
  auto statement = connection.statement(Sql::save_failure);
  statement.bind(1, std::string_view(failure.source_path))
      .bind(2, std::string_view(failure.code))
      .bind(3, std::string_view(failure.reason))
      .bind(4, failure.at_s);
  return statement.run();
}

Result<std::vector<ImportFailure>> read_failures(Connection& connection) {
  auto statement = connection.statement(Sql::list_failures);
  std::vector<ImportFailure> failures;
  while (true) {
    const auto row = statement.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return failures;
    // In a file whose pages lead to one another, the same ones would come without end.
    if (!failures.empty() && statement.text(0) <= failures.back().source_path) {
      return fail(Code::store_corrupt, "the failed imports are out of order");
    }
    failures.push_back({std::string(statement.text(0)), std::string(statement.text(1)), std::string(statement.text(2)),
                        statement.integer(3)});
  }
}

}  // namespace locket::store
