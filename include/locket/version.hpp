#pragma once

#include <string_view>

#include "locket/export.hpp"

namespace locket {

/// The version of the library that is linked, `MAJOR.MINOR.PATCH`. Static; never fails.
[[nodiscard]] LOCKET_API std::string_view version() noexcept;

}  // namespace locket
