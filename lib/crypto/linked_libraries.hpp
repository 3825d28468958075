#pragma once

#include <vector>

#include "locket/version.hpp"

namespace locket::crypto {

/// The libraries that this room is linked with. Any thread.
[[nodiscard]] std::vector<LinkedLibrary> linked_libraries();

}  // namespace locket::crypto
