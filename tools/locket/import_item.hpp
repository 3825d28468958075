#pragma once

#include <memory>
#include <optional>
#include <string>

#include "locket/error.hpp"
#include "locket/guid.hpp"
#include "locket/picture.hpp"
#include "source_root.hpp"

namespace locket::tool {

/// One source that an import was asked for, with what is known of it before it is opened.
struct ImportItem {
  std::string file;                          ///< as it is told to the user
  std::shared_ptr<const SourceRoot> root{};  ///< nothing only with a fault
  std::string relative{};                    ///< the path below the root
  std::optional<Guid> imodel_id{};           ///< by `--id` or a list
  std::optional<Guid> itwin_id{};            ///< by `--itwin` or a list
  std::optional<Recipe> recipe{};            ///< nothing: the import's own
  bool only_news = false;                    ///< not told where it is unchanged
  std::optional<Error> fault{};              ///< why it can't be imported at all
};

/// What a source is by its name.
enum class SourceKind {
  picture,      ///< `.png`, `.jpg`, `.jpeg`
  imodel_file,  ///< `.bim`, `.ibim`
  unknown,      ///< its first bytes tell
};

/// How a file's name ends, from its last dot on, in lower case: `.png`; nothing where it has none.
[[nodiscard]] std::string lower_extension(const std::string& path);

/// Tells by a path's extension, in either case, what the file should be.
[[nodiscard]] SourceKind kind_by_name(const std::string& path);

/// How sources get their ids.
struct NamingRules {
  std::optional<Guid> imodel_id{};  ///< `--id`
  std::optional<Guid> itwin_id{};   ///< `--itwin`
  bool derive = false;              ///< `--derive-ids`
};

/// The iModel's id by the name of its file: the name when it is a GUID, else one made of it where `derive` says so.
[[nodiscard]] std::optional<Guid> id_by_name(const std::string& path, bool derive);

}  // namespace locket::tool
