#include "rados/facts_writer.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace locket::rados {
namespace {

constexpr std::size_t named_of_a_shard = 32'768;  // 1 MiB

}  // namespace

FactsWriter::FactsWriter(const Manifest& old, std::unordered_set<std::string> unsound)
    : old_(old), unsound_(std::move(unsound)) {
  made_.revision = old.revision + 1;
}

std::string FactsWriter::keep(std::string_view what, const std::string& old_name, std::string text) {
  if (!old_name.empty() && is_proven(old_name, text) && !unsound_.contains(old_name)) {
    taken_.push_back({old_name, text.size()});
    return old_name;
  }
  std::string name = piece_name(what, made_.revision, text);
  pieces_.push_back({name, std::move(text)});
  return name;
}

void FactsWriter::add(const AccessDocument& document) {
  made_.rest = keep("rest", old_.rest, encode_rest(document));

  std::map<Guid, std::vector<AccessDocument::Imodel>> configured;
  for (const auto& imodel : document.imodels) {
    named_.emplace_back(imodel.id, imodel.itwin_id);
    if (imodel.mode != ImodelMode::none) configured[imodel.itwin_id].push_back(imodel);
  }
  for (const auto& itwin : document.itwins) {
    const auto before = std::ranges::lower_bound(old_.itwins, itwin.id, {}, &decltype(old_.itwins)::value_type::first);
    const bool had = before != old_.itwins.end() && before->first == itwin.id;
    made_.itwins.emplace_back(itwin.id, keep("itwin." + to_string(itwin.id), had ? before->second : std::string(),
                                             encode(ItwinFacts{itwin, configured[itwin.id]})));
  }

  std::size_t shards = named_.empty() ? 0 : 1;
  while (shards * named_of_a_shard < named_.size()) shards *= 2;
  std::vector<NamedImodels> parts(shards);
  for (const auto& one : named_) parts[shard_of(one.first, shards)].push_back(one);
  for (std::size_t i = 0; i < shards; ++i) {
    const bool had = old_.named.size() == shards;
    made_.named.push_back(keep("imodels." + std::to_string(i), had ? old_.named[i] : std::string(), encode(parts[i])));
  }
}

}  // namespace locket::rados
