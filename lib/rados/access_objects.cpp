#include "rados/access_objects.hpp"

#include <algorithm>
#include <cerrno>
#include <unordered_set>
#include <utility>

#include "base/in_parallel.hpp"
#include "locket/clock.hpp"
#include "rados/wire.hpp"

namespace locket::rados {
namespace {

constexpr std::size_t piece_bytes_max = 67'108'864;  // below what an OSD takes in one write
constexpr int rounds_max = 10;
constexpr std::size_t notes_at_once = 4'096;  // some 600 KiB
// A change that loses against another begins anew, and may lose often where many change the facts.
constexpr int replace_rounds_max = 100;

Error damaged() { return {Code::store_corrupt, "the access facts are damaged"}; }
Error outpaced() { return {Code::store_busy, "the access facts were replaced again and again while they were read"}; }

std::unordered_set<std::string> names_of(const Manifest& manifest) {
  std::unordered_set<std::string> names(manifest.named.begin(), manifest.named.end());
  for (const auto& itwin : manifest.itwins) names.insert(itwin.second);
  if (!manifest.rest.empty()) names.insert(manifest.rest);
  return names;
}

}  // namespace

Result<void> AccessObjects::open(bool create) {
  Attributes attributes;
  const int there = space_.read(root_object, attributes, 0, {});
  if (there == -ENOENT && create) {
    WriteOperation making;
    making.create().write(encode(Manifest{})).set(revision_attribute, hex_of(std::uint64_t{0}));
    const int made = space_.operate(root_object, making);
    if (made < 0 && made != -EEXIST) return std::unexpected(rados_error(made, "making the store"));
    return {};
  }
  if (there == -ENOENT) return fail(Code::store_open_failed, "there is no such store in the pool");
  if (there < 0) return fail(Code::store_open_failed, rados_error(there, "opening the store").detail);
  auto facts = read_root();
  if (!facts && facts.error().code != Code::store_corrupt) return std::unexpected(std::move(facts.error()));
  return {};
}

auto AccessObjects::read_root() -> Result<std::shared_ptr<Facts>> {
  Attributes attributes;
  const auto text = space_.read_whole(root_object, piece_bytes_max, attributes);
  if (!text) return std::unexpected(text.error());
  if (!*text) return fail(Code::store_corrupt, "the root of the access facts is missing");
  auto manifest = decode_manifest(**text);
  if (!manifest && is_another_form(**text)) return fail(Code::store_newer, "made by a newer version of locket");
  if (!manifest) return std::unexpected(damaged());
  const auto revision = attributes.find(revision_attribute);
  if (revision == attributes.end() || revision->second != hex_of(manifest->revision)) {
    return fail(Code::store_corrupt, "the root of the access facts is of another revision than it says");
  }
  auto facts = std::make_shared<Facts>();
  facts->manifest = std::move(*manifest);
  facts->named.resize(facts->manifest.named.size());
  const std::scoped_lock lock(mutex_);
  if (facts_ == nullptr || facts_->manifest.revision < facts->manifest.revision) facts_ = facts;
  return facts;
}

auto AccessObjects::present() -> Result<std::shared_ptr<Facts>> {
  const auto revision = watch_.revision();
  if (!revision) return std::unexpected(revision.error());
  {
    const std::scoped_lock lock(mutex_);
    if (facts_ != nullptr && facts_->manifest.revision >= *revision) return facts_;
  }
  return read_root();
}

// A piece that is not there was swept away, as the facts have changed since they were seen; or it is lost.
auto AccessObjects::read_root_after(const Facts& seen) -> Result<std::shared_ptr<Facts>> {
  auto facts = read_root();
  if (facts && (*facts)->manifest.revision == seen.manifest.revision) return std::unexpected(damaged());
  return facts;
}

Result<std::optional<std::string>> AccessObjects::read_piece(const std::string& name) {
  auto text = space_.read_whole(name, piece_bytes_max);
  if (text && *text && !is_proven(name, **text)) return std::unexpected(damaged());
  return text;
}

auto AccessObjects::shard(Facts& facts, std::size_t index) -> Result<std::shared_ptr<const NamedImodels>> {
  const std::scoped_lock lock(facts.mutex);
  auto& kept = facts.named[index];
  if (kept != nullptr) return kept;
  const auto text = read_piece(facts.manifest.named[index]);
  if (!text) return std::unexpected(text.error());
  if (!*text) return std::shared_ptr<const NamedImodels>();  // swept: the facts have changed
  auto named = decode_named(**text);
  if (!named) return std::unexpected(damaged());
  kept = std::make_shared<const NamedImodels>(std::move(*named));
  return kept;
}

Result<std::optional<Guid>> AccessObjects::find_named(const Guid& imodel_id, std::uint64_t& revision) {
  auto facts = present();
  for (int round = 0; round < rounds_max; ++round) {
    if (!facts) return std::unexpected(facts.error());
    const Manifest& manifest = (*facts)->manifest;
    revision = manifest.revision;
    if (manifest.named.empty()) return std::nullopt;
    const auto named = shard(**facts, shard_of(imodel_id, manifest.named.size()));
    if (!named) return std::unexpected(named.error());
    if (*named != nullptr) {
      const auto found = std::ranges::lower_bound(**named, imodel_id, {}, &NamedImodels::value_type::first);
      if (found == (*named)->end() || found->first != imodel_id) return std::nullopt;
      return found->second;
    }
    facts = read_root_after(**facts);
  }
  return std::unexpected(outpaced());
}

Result<NamedImodels> AccessObjects::load_named() {
  auto facts = present();
  for (int round = 0; round < rounds_max; ++round) {
    if (!facts) return std::unexpected(facts.error());
    NamedImodels all;
    bool whole = true;
    for (std::size_t i = 0; whole && i < (*facts)->named.size(); ++i) {
      const auto named = shard(**facts, i);
      if (!named) return std::unexpected(named.error());
      whole = *named != nullptr;
      if (whole) all.insert(all.end(), (*named)->begin(), (*named)->end());
    }
    if (whole) {
      std::ranges::sort(all);
      return all;
    }
    facts = read_root_after(**facts);
  }
  return std::unexpected(outpaced());
}

Result<std::optional<AccessDocument>> AccessObjects::try_load(const Manifest& manifest) {
  AccessDocument document;
  if (manifest.rest.empty()) return document;
  const auto rest = read_piece(manifest.rest);
  if (!rest) return std::unexpected(rest.error());
  if (!*rest) return std::nullopt;
  if (!decode_rest(**rest, document)) return std::unexpected(damaged());

  std::unordered_map<std::string, std::shared_ptr<const ItwinFacts>> old;
  {
    const std::scoped_lock lock(mutex_);
    old = itwins_;
  }
  std::vector<Result<std::shared_ptr<const ItwinFacts>>> parts(manifest.itwins.size());
  in_parallel(calls_at_once, parts.size(), [&](std::size_t i) {
    const std::string& name = manifest.itwins[i].second;
    if (const auto kept = old.find(name); kept != old.end()) {
      parts[i] = kept->second;
      return;
    }
    const auto text = read_piece(name);
    if (!text) {
      parts[i] = std::unexpected(text.error());
    } else if (*text) {
      auto facts = decode_itwin(**text);
      if (!facts) {
        parts[i] = std::unexpected(damaged());
      } else {
        parts[i] = std::make_shared<const ItwinFacts>(std::move(*facts));
      }
    }
  });
  decltype(itwins_) kept;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i]) return std::unexpected(parts[i].error());
    if (*parts[i] == nullptr) return std::nullopt;
    document.itwins.push_back((*parts[i])->itwin);
    document.imodels.insert(document.imodels.end(), (*parts[i])->imodels.begin(), (*parts[i])->imodels.end());
    kept.emplace(manifest.itwins[i].second, *parts[i]);
  }
  std::ranges::sort(document.imodels, {}, &AccessDocument::Imodel::id);
  const std::scoped_lock lock(mutex_);
  itwins_ = std::move(kept);
  return document;
}

Result<Store::Access> AccessObjects::load() {
  auto facts = present();
  for (int round = 0; round < rounds_max; ++round) {
    if (!facts) return std::unexpected(facts.error());
    auto document = try_load((*facts)->manifest);
    if (!document) return std::unexpected(std::move(document.error()));
    if (*document) return Store::Access{std::move(**document), (*facts)->manifest.revision};
    facts = read_root_after(**facts);
  }
  return std::unexpected(outpaced());
}

// While an iModel is named, the facts say which iTwin it has; so what its own object says can be brought up to that
// without anybody seeing a difference, before the facts cease to name it. Result: whether all lists could be read; one
// that is missing was swept away by somebody who replaced the facts, which the root's revision tells, or it is lost.
Result<bool> AccessObjects::unname_dropped(Facts& old, const NamedImodels& now, const Unname& unname) {
  bool all_read = true;
  for (std::size_t i = 0; i < old.named.size(); ++i) {
    const auto named = shard(old, i);
    if (!named && named.error().code != Code::store_corrupt) return std::unexpected(named.error());
    if (!named || *named == nullptr) {
      all_read = false;
      continue;
    }
    std::vector<std::pair<Guid, Guid>> dropped;
    for (const auto& one : **named) {
      if (!std::ranges::binary_search(now, one.first, {}, &NamedImodels::value_type::first)) dropped.push_back(one);
    }
    std::vector<Result<void>> results(dropped.size());
    in_parallel(calls_at_once, dropped.size(),
                [&](std::size_t at) { results[at] = unname(dropped[at].first, dropped[at].second); });
    for (const auto& result : results) {
      if (!result) return std::unexpected(result.error());
    }
  }
  return all_read;
}

// Changes the root's map in slices, for an operation has a limit. Result: 0, or the negative number of librados.
int AccessObjects::change_notes(std::span<const std::string> names, ChangeEntries change) {
  while (!names.empty()) {
    const auto slice = names.first(std::min(names.size(), notes_at_once));
    WriteOperation changing;
    (changing.*change)(slice);
    if (const int changed = space_.operate(root_object, changing); changed < 0) return changed;
    names = names.subspan(slice.size());
  }
  return 0;
}

Result<void> AccessObjects::write_pieces(const std::vector<Piece>& pieces) {
  if (pieces.empty()) return {};
  for (const Piece& piece : pieces) {
    if (piece.text.size() > piece_bytes_max) return fail(Code::argument_invalid, "too many access facts of one iTwin");
  }
  std::vector<std::string> names;
  for (const Piece& piece : pieces) names.push_back(piece.name);
  if (const int noted = change_notes(names, &WriteOperation::set_entries); noted < 0) {
    return std::unexpected(rados_error(noted, "writing the access facts"));
  }
  std::vector<int> results(pieces.size());
  in_parallel(calls_at_once, pieces.size(), [&](std::size_t i) {
    WriteOperation writing;
    results[i] = space_.operate(pieces[i].name, writing.write(pieces[i].text));
  });
  const int worst = *std::ranges::min_element(results);
  if (worst < 0) return std::unexpected(rados_error(worst, "writing the access facts"));
  return {};
}

// The pieces that it drops are noted before, so that they are swept away even after a crash.
Result<bool> AccessObjects::replace_root(const std::string& old_revision, const Manifest& made,
                                         std::span<const std::string> dropped) {
  if (const int noted = change_notes(dropped, &WriteOperation::set_entries); noted < 0) {
    return std::unexpected(rados_error(noted, "replacing the access facts"));
  }
  WriteOperation replacing;
  replacing.require(revision_attribute, old_revision).write(encode(made));
  replacing.set(revision_attribute, hex_of(made.revision));
  const int replaced = space_.operate(root_object, replacing);
  if (replaced == -ECANCELED) return false;
  if (replaced < 0) return std::unexpected(rados_error(replaced, "replacing the access facts"));
  return true;
}

// A piece that was made for this revision or an earlier one, and that is not of this revision, will never be used:
// later revisions take over pieces of this one only. What can't be removed now stays noted.
void AccessObjects::sweep(const Manifest& manifest, std::vector<std::string> noted) {
  const auto used = names_of(manifest);
  const auto listed = space_.entries(root_object, [&](std::string_view name, std::string_view) {
    const auto revision = revision_of(name);
    if (revision && *revision <= manifest.revision) noted.emplace_back(name);
  });
  if (!listed || noted.empty()) return;
  in_parallel(calls_at_once, noted.size(), [&](std::size_t i) {
    if (used.contains(noted[i])) return;
    const int removed = space_.remove(noted[i]);
    if (removed < 0 && removed != -ENOENT) noted[i].clear();
  });
  std::erase(noted, std::string());
  static_cast<void>(change_notes(noted, &WriteOperation::remove_entries));
}

void AccessObjects::tell(std::string_view damage) { log_.write(LogLevel::error, "store.damaged", damage); }

auto AccessObjects::replaceable() -> Result<Replaceable> {
  auto facts = read_root();
  if (facts) {
    const std::string revision = hex_of((*facts)->manifest.revision);
    return Replaceable{std::move(*facts), revision, {}, false};
  }
  if (facts.error().code != Code::store_corrupt) return std::unexpected(std::move(facts.error()));
  return damaged_root();
}

// The new revision is above all that the root, its attribute, the names of the pieces and the clock tell of, so that no
// process takes what it knows for the new facts.
auto AccessObjects::damaged_root() -> Result<Replaceable> {
  Replaceable found{std::make_shared<Facts>(), {}, {}, true};
  Attributes attributes;
  const auto text = space_.read_whole(root_object, piece_bytes_max, attributes);
  if (!text) return std::unexpected(text.error());
  if (!*text) return fail(Code::store_corrupt, "the root of the access facts is missing");
  std::uint64_t& last = found.facts->manifest.revision;
  if (auto manifest = decode_manifest(**text)) {  // which is proven: only its attribute is damaged
    found.facts->manifest = std::move(*manifest);
    found.facts->named.resize(found.facts->manifest.named.size());
    found.is_lost = false;
  } else {  // nobody changes the facts a thousand times a second, and their pieces may all be older
    last = static_cast<std::uint64_t>(system_clock().now().seconds) * 1'000;
  }
  if (const auto told = attributes.find(revision_attribute); told != attributes.end()) {
    found.revision = told->second;
    std::uint64_t revision = 0;
    if (read_hex(found.revision, revision)) last = std::max(last, revision);
  }
  const auto listed = space_.names([&](std::string_view name) {
    if (const auto revision = revision_of(name)) {
      last = std::max(last, *revision);
      found.pieces.emplace_back(name);
    }
    return true;
  });
  if (!listed) return std::unexpected(listed.error());
  return found;
}

// Those that are not there any more as they were written.
auto AccessObjects::unsound(const std::vector<FactsWriter::Taken>& taken) -> Result<std::unordered_set<std::string>> {
  std::vector<int> results(taken.size());
  in_parallel(calls_at_once, taken.size(), [&](std::size_t i) {
    std::string text(taken[i].bytes + 1, '\0');
    Attributes attributes;
    results[i] = space_.read(taken[i].name, attributes, 0, std::as_writable_bytes(std::span(text)));
    if (results[i] < 0) return;
    text.resize(static_cast<std::size_t>(results[i]));
    if (!is_proven(taken[i].name, text)) results[i] = -EIO;
  });
  std::unordered_set<std::string> unsound;
  for (std::size_t i = 0; i < taken.size(); ++i) {
    if (results[i] == -ENOENT || results[i] == -EIO) {
      unsound.insert(taken[i].name);
    } else if (results[i] < 0) {
      return std::unexpected(rados_error(results[i], "reading the access facts"));
    }
  }
  return unsound;
}

Result<std::uint64_t> AccessObjects::replace(const AccessDocument& document, const Unname& unname) {
  AccessDocument sorted = document;
  sort_entries(sorted);
  for (int round = 0; round < replace_rounds_max; ++round) {
    const auto old = replaceable();
    if (!old) return std::unexpected(old.error());
    Facts& facts = *old->facts;
    std::optional<FactsWriter> writer(std::in_place, facts.manifest);
    writer->add(sorted);
    if (encode(writer->manifest()).size() > piece_bytes_max) return fail(Code::argument_invalid, "too many iTwins");
    const auto not_taken = unsound(writer->taken());
    if (!not_taken) return std::unexpected(not_taken.error());
    if (!not_taken->empty()) writer.emplace(facts.manifest, *not_taken).add(sorted);
    const auto unnamed = unname_dropped(facts, writer->named(), unname);
    if (!unnamed) return std::unexpected(unnamed.error());
    if (auto written = write_pieces(writer->pieces()); !written) return std::unexpected(written.error());
    const auto kept = names_of(writer->manifest());
    std::unordered_set<std::string> before = names_of(facts.manifest);
    before.insert(old->pieces.begin(), old->pieces.end());
    std::vector<std::string> dropped;
    for (const auto& name : before) {
      if (!kept.contains(name)) dropped.push_back(name);
    }
    const auto replaced = replace_root(old->revision, writer->manifest(), dropped);
    if (!replaced) return std::unexpected(replaced.error());
    if (!*replaced) continue;
    const auto told = watch_.tell_all();
    sweep(writer->manifest(), std::move(dropped));
    if (!*unnamed || old->is_lost) {
      tell(
          "a list of iModels in the access facts was damaged or missing, and was written anew: iModels that only the "
          "old facts named belong to the iTwin of their upload again");
    }
    if (!not_taken->empty()) tell("a piece of the access facts was damaged or missing, and was written anew");
    if (!told) return std::unexpected(told.error());
    return writer->manifest().revision;
  }
  return fail(Code::store_busy, "others replace the access facts all the time");
}

Result<std::vector<std::string>> AccessObjects::check() {
  std::vector<std::string> damages;
  for (int round = 0; round < rounds_max; ++round) {
    const auto facts = read_root();
    if (!facts && facts.error().code == Code::store_corrupt) return std::vector{facts.error().detail};
    if (!facts) return std::unexpected(facts.error());
    const Manifest& manifest = (*facts)->manifest;
    std::vector<std::string> names(manifest.named);
    for (const auto& itwin : manifest.itwins) names.push_back(itwin.second);
    if (!manifest.rest.empty()) names.push_back(manifest.rest);
    std::vector<Result<bool>> there(names.size());
    in_parallel(calls_at_once, names.size(), [&](std::size_t i) {
      const auto text = read_piece(names[i]);
      there[i] = text ? Result<bool>(text->has_value()) : std::unexpected(text.error());
    });
    damages.clear();
    bool missing = false;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!there[i] && there[i].error().code != Code::store_corrupt) return std::unexpected(there[i].error());
      if (there[i] && *there[i]) continue;
      missing = missing || there[i];
      damages.push_back("the piece " + names[i] + " of the access facts is " + (there[i] ? "missing" : "damaged"));
    }
    if (!missing) return damages;
    const auto after = read_root_after(**facts);
    if (!after && after.error().code == Code::store_corrupt) return damages;
  }
  return std::unexpected(outpaced());
}

}  // namespace locket::rados
