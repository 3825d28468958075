#pragma once

#include "locket/error.hpp"
#include "store/connection.hpp"

namespace locket::store {

/// Does some reading of several tables as they stood at one moment. Inputs: the connection, outside of a transaction;
/// the work, which gives a `Result`. Result: that of the work; or why no transaction could be begun.
template <class Work>
auto in_read_transaction(Connection& connection, Work work) -> decltype(work()) {
  if (auto begun = connection.run(Sql::begin_read); !begun) return std::unexpected(std::move(begun.error()));
  const Transaction transaction(connection);
  return work();
}

}  // namespace locket::store
