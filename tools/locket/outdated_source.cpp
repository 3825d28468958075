#include "outdated_source.hpp"

#include <utility>

namespace locket::tool {

bool is_outdated(std::string_view recipe) {
  const auto named = parse_recipe(recipe);
  return !named || named->renderer_version != renderer_version;
}

Result<WithoutSource> find_outdated_sources(Store& store, const ImportSink& sink) {
  const auto root = SourceRoot::open("/");
  if (!root) return std::unexpected(root.error());
  WithoutSource without_source;
  auto listed = store.list([&](const StoredThumbnail& thumbnail) {
    if (!is_outdated(thumbnail.recipe)) return true;
    if (thumbnail.source_path.empty()) {
      ++without_source.uploaded;
      return true;
    }
    ImportItem item = item_of_path(*root, thumbnail.source_path);
    item.imodel_id = thumbnail.facts.imodel_id;
    if (const auto named = parse_recipe(thumbnail.recipe)) item.recipe = named->recipe;
    return sink.take(std::move(item));
  });
  if (!listed) return std::unexpected(std::move(listed.error()));
  without_source.damaged = std::move(*listed);
  return without_source;
}

}  // namespace locket::tool
