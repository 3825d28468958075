#include "outdated_source.hpp"

#include <utility>

namespace locket::tool {

bool is_outdated(std::string_view recipe) {
  const auto named = parse_recipe(recipe);
  return !named || named->renderer_version != renderer_version;
}

Result<std::uint64_t> find_outdated_sources(Store& store, const ImportSink& sink) {
  const auto root = SourceRoot::open("/");
  if (!root) return std::unexpected(root.error());
  std::uint64_t without_source = 0;
  auto listed = store.list([&](const StoredThumbnail& thumbnail) {
    if (!is_outdated(thumbnail.recipe)) return true;
    if (thumbnail.source_path.empty()) {
      ++without_source;
      return true;
    }
    ImportItem item = item_of_path(*root, thumbnail.source_path);
    item.imodel_id = thumbnail.facts.imodel_id;
    if (const auto named = parse_recipe(thumbnail.recipe)) item.recipe = named->recipe;
    return sink.take(std::move(item));
  });
  if (!listed) return std::unexpected(std::move(listed.error()));
  for (const Guid& imodel_id : *listed) {
    const Error fault{Code::store_corrupt, "its entry is damaged, and tells no file to make it from"};
    if (!sink.take({.file = "iModel " + to_string(imodel_id), .imodel_id = imodel_id, .fault = fault})) break;
  }
  return without_source;
}

}  // namespace locket::tool
