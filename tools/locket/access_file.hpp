#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "locket/access.hpp"
#include "locket/store.hpp"

namespace locket::tool {

/// Reads an access document.
/// Input: the file; `-` is standard input. Result: the document; or nothing, after a complaint.
[[nodiscard]] std::optional<AccessDocument> read_access_file(const std::string& path);

/// Puts access facts in the place of those that a store has.
/// Result: the revision; or nothing, after a complaint.
[[nodiscard]] std::optional<std::uint64_t> replace_access(Store& store, const AccessDocument& document);

}  // namespace locket::tool
