#pragma once

#include <cstdint>

#include "import_run.hpp"

namespace locket::tool {

/// Whether a thumbnail was made by another version of the renderer than this one, by the text of its recipe.
[[nodiscard]] bool is_outdated(std::string_view recipe);

/// Hands the sources of all outdated thumbnails to a sink, each with its own recipe and its iModel's id.
/// One whose entry is damaged is handed on as a fault.
/// Result: the count of those that have no source, because they were uploaded; or a `store_` code.
[[nodiscard]] Result<std::uint64_t> find_outdated_sources(Store& store, const ImportSink& sink);

}  // namespace locket::tool
