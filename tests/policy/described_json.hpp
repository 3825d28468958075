#pragma once

#include <string>

#include "policy/json.hpp"

namespace locket::policy {

/// Writes what the library's reader has read in the words of `second::describe`.
[[nodiscard]] std::string describe(const JsonValue& value);

}  // namespace locket::policy
