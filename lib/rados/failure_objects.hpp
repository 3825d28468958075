#pragma once

#include <vector>

#include "locket/store.hpp"
#include "rados/pool.hpp"

namespace locket::rados {

/// Remembers that an import failed, or, with an empty code, that it no longer does: an entry in the map of one of 16
/// objects. Errors as `Store::remember_failure`. Any thread.
[[nodiscard]] Result<void> write_failure(Space& space, const ImportFailure& failure);

/// All failures, in the order of their paths. Any thread.
[[nodiscard]] Result<std::vector<ImportFailure>> read_failures(Space& space);

/// Forgets all of them, also what is damaged. Any thread.
[[nodiscard]] Result<void> forget_failures(Space& space);

}  // namespace locket::rados
