#pragma once

#include <vector>

#include "locket/error.hpp"
#include "locket/store.hpp"
#include "store/connection.hpp"

namespace locket::store {

/// Writes down a failed import, or, with an empty code, forgets it; within a write transaction.
[[nodiscard]] Result<void> write_failure(Connection& connection, const ImportFailure& failure);

/// The failed imports, in the order of their paths.
[[nodiscard]] Result<std::vector<ImportFailure>> read_failures(Connection& connection);

}  // namespace locket::store
