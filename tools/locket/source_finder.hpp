#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "import_item.hpp"

namespace locket::tool {

/// What is told of a path that was named and is not there.
inline constexpr std::string_view nothing_there = "there is no such file or folder";

/// Where found sources go.
struct ImportSink {
  std::function<bool(ImportItem)> take;  ///< false ends the search
  std::function<void()> pass_over;       ///< a file in a folder that is no source by its name, or a link
};

/// What is to be found.
struct ImportQuery {
  std::vector<std::string> paths;
  NamingRules rules;
  std::optional<std::string> list_root{};  ///< `--root`: where files of lists may lie; nothing: the list's own folder
  std::function<bool()> stop{};            ///< asked at each name, and while a list is waited for: true ends the search
};

/// Finds all sources that some paths stand for, one after the other: files themselves; folders with everything below
/// them in the order of their names (PNG, JPEG and iModel files by name; symbolic links are not followed); and lists of
/// `imodel-id <tab> itwin-id <tab> file`, from `.tsv` files or, for the path `-`, from standard input, whose files
/// stand relative to the list (to the working folder for `-`) and must lie below it.
/// What can't be imported (no such file, a wrong line) is an item with its fault. Never fails otherwise.
/// Memory: one item, one line, and the names of one batch of a folder.
void find_sources(const ImportQuery& query, const ImportSink& sink);

/// An item for a file by its absolute path, free of links, below the root folder `/`.
[[nodiscard]] ImportItem item_of_path(const std::shared_ptr<const SourceRoot>& root, const std::string& path);

}  // namespace locket::tool
