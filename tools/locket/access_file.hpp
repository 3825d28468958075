#pragma once

#include <optional>
#include <string>

#include "locket/access.hpp"

namespace locket::tool {

/// Reads an access document.
/// Input: the file; `-` is standard input. Result: the document; or nothing, after a complaint.
[[nodiscard]] std::optional<AccessDocument> read_access_file(const std::string& path);

}  // namespace locket::tool
