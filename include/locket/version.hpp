#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "locket/export.hpp"

namespace locket {

/// The version of the library that is linked, `MAJOR.MINOR.PATCH`. Static; never fails.
[[nodiscard]] LOCKET_API std::string_view version() noexcept;

/// A library that this one is linked with.
struct LinkedLibrary {
  std::string name;
  std::string version;  ///< of what is linked now, not of what it was built with, where the library can tell
  std::string note;     ///< what the person who runs it should know of this very version; mostly empty
};

/// The libraries that this one is linked with, for reports and support. Any thread.
[[nodiscard]] LOCKET_API std::vector<LinkedLibrary> linked_libraries();

}  // namespace locket
