#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "locket/error.hpp"
#include "locket/guid.hpp"

namespace locket::tool {

/// One picture that an import was asked for, with what is known of it before it is read.
struct ImportItem {
  std::string file;
  std::optional<Guid> imodel_id;
  std::optional<Guid> itwin_id;
  std::optional<Error> fault;  ///< why it can't be imported at all
};

/// How pictures get their ids.
struct NamingRules {
  std::optional<Guid> imodel_id;  ///< `--id`
  std::optional<Guid> itwin_id;   ///< `--itwin`
  bool derive = false;            ///< `--derive-ids`
};

/// What the paths of a call come to.
struct ImportList {
  std::vector<ImportItem> items;
  std::uint64_t passed_over = 0;  ///< files in folders that are no pictures by their names
};

/// Finds all pictures that some paths stand for: pictures themselves, folders with everything below them in the order
/// of their names (PNG and JPEG by name; symbolic links are not followed), and `.tsv` lists of
/// `imodel-id <tab> itwin-id <tab> file`, whose files stand relative to the list.
/// What can't be imported (no such file, no id, an id given twice) is an item with its fault. Never fails otherwise.
[[nodiscard]] ImportList find_pictures(const std::vector<std::string>& paths, const NamingRules& rules);

}  // namespace locket::tool
