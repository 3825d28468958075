#pragma once

#include <string>

#include "locket/error.hpp"
#include "locket/store.hpp"
#include "store/connection.hpp"

namespace locket::store {

/// Counts what is in a store. Inputs: a connection inside a read transaction; the path, for the sizes of the files.
[[nodiscard]] Result<StoreStatistics> read_statistics(Connection& connection, const std::string& path);

}  // namespace locket::store
