#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "import_run.hpp"

namespace locket::tool {

/// Whether a thumbnail was made by another version of the renderer than this one, by the text of its recipe.
[[nodiscard]] bool is_outdated(std::string_view recipe);

/// Thumbnails that are not made anew, because nobody knows a file to make them from.
struct WithoutSource {
  std::uint64_t uploaded = 0;  ///< outdated ones that came without a file
  std::vector<Guid> damaged;   ///< the iModels of which the store can't tell
};

/// Hands the sources of all outdated thumbnails to a sink, each with its own recipe and its iModel's id.
/// Result: those without a source; or a `store_` code where the store can't be listed to its end.
[[nodiscard]] Result<WithoutSource> find_outdated_sources(Store& store, const ImportSink& sink);

}  // namespace locket::tool
