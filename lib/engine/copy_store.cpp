#include "locket/copy_store.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_set>
#include <utility>

#include "base/guarded.hpp"
#include "base/in_parallel.hpp"

namespace locket {
namespace engine {
namespace {

constexpr std::uint32_t jobs_limit = 256;
constexpr std::size_t thumbnails_at_once = 1'024;

/// What became of one thumbnail.
struct Outcome {
  bool copied = false;
  std::optional<Error> error{};
};

bool is_same_upload(const StoredThumbnail& one, const StoredThumbnail& other) {
  return one.source_digest == other.source_digest && one.recipe == other.recipe &&
         one.small_bytes == other.small_bytes && one.large_bytes == other.large_bytes &&
         one.source_path == other.source_path && one.uploaded_by == other.uploaded_by &&
         one.updated_at_s == other.updated_at_s;
}

bool is_same(const SharedBytes& one, const SharedBytes& other) { return std::ranges::equal(one.view(), other.view()); }

Record make_record(const StoredThumbnail& thumbnail, const Store::Both& both) {
  Record record;
  record.imodel_id = thumbnail.facts.imodel_id;
  record.itwin_id = thumbnail.facts.itwin_id;
  record.small = HashedBytes(both.small);
  record.large = HashedBytes(both.large);
  record.source_digest = thumbnail.source_digest;
  record.source = thumbnail.source;
  record.recipe = thumbnail.recipe;
  record.source_path = thumbnail.source_path;
  record.uploaded_by = thumbnail.uploaded_by;
  record.updated_at_s = thumbnail.updated_at_s;
  return record;
}

// The facts without those iModels that only their thumbnails make known: they go with these, and their iTwin may be one
// that the facts do not have.
Result<Store::Access> load_facts(Store& store) {
  auto access = store.load_access(AccessScope::whole);
  if (!access) return access;
  std::unordered_set<Guid, GuidHash> itwins;
  for (const auto& itwin : access->document.itwins) itwins.insert(itwin.id);
  std::erase_if(access->document.imodels, [&](const auto& imodel) { return !itwins.contains(imodel.itwin_id); });
  return access;
}

// What a damaged entry of `from` says of an iModel is not known: what `present` says of it stays.
void keep_what_is_not_known(Store::Access& wanted, const AccessDocument& present) {
  std::unordered_set<Guid, GuidHash> itwins;
  for (const auto& itwin : wanted.document.itwins) itwins.insert(itwin.id);
  for (const auto& imodel : present.imodels) {
    if (!std::ranges::binary_search(wanted.left_out, imodel.id) || !itwins.contains(imodel.itwin_id)) continue;
    wanted.document.imodels.push_back({imodel.id, imodel.itwin_id, ImodelMode::none, {}});
  }
  std::ranges::sort(wanted.document.imodels, {}, &AccessDocument::Imodel::id);
}

// Whether `present` says of everything in `wanted` the same, and has beyond it no more than iModels of its own on which
// nothing is configured.
bool says_the_same(const AccessDocument& wanted, AccessDocument present) {
  std::unordered_set<Guid, GuidHash> known;
  for (const auto& imodel : wanted.imodels) known.insert(imodel.id);
  std::erase_if(present.imodels,
                [&](const auto& imodel) { return imodel.mode == ImodelMode::none && !known.contains(imodel.id); });
  return wanted == present;
}

// The iTwin under which an iModel is known, where it is: that stays, and its members would see what is stored.
Result<std::optional<Guid>> itwin_in(Store& store, const Guid& id, const std::optional<StoredThumbnail>& present) {
  if (present) return present->facts.itwin_id;
  const auto entry = store.find_imodel(id, Lookup::stored);
  if (!entry) return std::unexpected(entry.error());
  return *entry ? std::optional((*entry)->facts.itwin_id) : std::nullopt;
}

Result<bool> copy_one(Store& from, Store& to, const StoredThumbnail& listed) {
  const Guid& id = listed.facts.imodel_id;
  auto found = to.find_thumbnail(id);
  const bool damaged_there = !found && found.error().code == Code::store_corrupt;
  if (!found && !damaged_there) return std::unexpected(std::move(found.error()));
  const std::optional<StoredThumbnail> present = damaged_there ? std::nullopt : std::move(*found);
  const auto itwin_id = itwin_in(to, id, present);
  if (!itwin_id) return std::unexpected(itwin_id.error());
  if (*itwin_id && **itwin_id != listed.facts.itwin_id) {
    return fail(Code::argument_invalid, "there the iModel is of the iTwin " + to_string(**itwin_id) + ", here of " +
                                            to_string(listed.facts.itwin_id) + ": remove it there, or load its facts");
  }
  if (present && is_same_upload(listed, *present)) return false;
  const auto both = from.read_for_operator(id);
  if (!both) return std::unexpected(both.error());
  // What was replaced since it was listed would be stored under the older upload's name; the next copy takes it.
  const auto now = from.find_thumbnail(id);
  if (!now) return std::unexpected(now.error());
  if (!*both || !*now || (*now)->revision != listed.revision) {
    return fail(Code::store_busy, "it was changed while it was copied");
  }
  Record record = make_record(listed, **both);
  // Or what is uploaded there meanwhile would be lost. An entry that is damaged has none that could be told.
  if (!damaged_there) record.expected_revision = present ? present->revision : 0;
  const auto receipt = to.put(record);
  if (!receipt && receipt.error().code == Code::precondition_failed) {
    return fail(Code::store_busy, "it was changed there while it was copied");
  }
  if (!receipt) return std::unexpected(receipt.error());
  const auto read = to.read_for_operator(id);
  if (!read) return std::unexpected(read.error());
  if (*read && is_same((*read)->small, (*both)->small) && is_same((*read)->large, (*both)->large)) return true;
  const auto after = to.find_thumbnail(id);
  if (!after) return std::unexpected(after.error());
  if (!*after || (*after)->revision != receipt->revision) {
    return fail(Code::store_busy, "it was changed there before the copy could be compared");
  }
  return fail(Code::store_corrupt, "the copy is not what was copied");
}

Outcome try_copy(Store& from, Store& to, const StoredThumbnail& thumbnail) noexcept {
  auto copied = guarded([&] { return copy_one(from, to, thumbnail); });
  if (copied) return {*copied};
  return {false, std::move(copied.error())};
}

/// One copy: the slices of the list, and what became of them.
class Copy {
 public:
  Copy(Store& from, Store& to, const CopyOptions& options) : from_(from), to_(to), options_(options) {}

  Result<CopyReport> run() {
    if (auto access = copy_access(); !access) return std::unexpected(std::move(access.error()));
    const auto statistics = from_.statistics();
    if (!statistics) return std::unexpected(statistics.error());
    total_ = statistics->thumbnails;
    auto listed = from_.list([this](const StoredThumbnail& thumbnail) {
      slice_.push_back(thumbnail);
      return slice_.size() < thumbnails_at_once || copy_slice();
    });
    if (!report_.stopped && !cannot_go_on_) copy_slice();
    if (cannot_go_on_) return std::unexpected(std::move(*cannot_go_on_));
    if (!listed) return std::unexpected(std::move(listed.error()));
    damaged_.insert(listed->begin(), listed->end());
    for (const CopyFailure& failure : report_.failed) damaged_.erase(failure.imodel_id);
    for (const Guid& imodel_id : damaged_) {
      report_.failed.push_back({imodel_id, {Code::store_corrupt, "its entry is damaged"}});
    }
    if (report_.stopped) return std::move(report_);
    if (auto failures = copy_failures(); !failures) return std::unexpected(std::move(failures.error()));
    return std::move(report_);
  }

 private:
  Result<void> copy_access() {
    auto wanted = load_facts(from_);
    if (!wanted) return std::unexpected(std::move(wanted.error()));
    damaged_.insert(wanted->left_out.begin(), wanted->left_out.end());
    if (wanted->revision == 0) return {};  // it never had any, so there are none to put in the place of others
    auto present = load_facts(to_);
    if (!present) return std::unexpected(std::move(present.error()));
    keep_what_is_not_known(*wanted, present->document);
    leave_damaged(wanted->document, present->left_out);
    if (says_the_same(wanted->document, std::move(present->document))) return {};
    if (auto written = to_.replace_access(wanted->document); !written) return std::unexpected(written.error());
    report_.access_copied = true;
    return {};
  }

  // A store that can't read what it has of an iModel takes nothing anew of it.
  void leave_damaged(AccessDocument& wanted, const std::vector<Guid>& damaged_there) {
    std::erase_if(wanted.imodels, [&](const auto& imodel) {
      const bool is_damaged = imodel.mode == ImodelMode::none && std::ranges::binary_search(damaged_there, imodel.id);
      if (is_damaged) damaged_.insert(imodel.id);
      return is_damaged;
    });
  }

  // Result: whether the list goes on.
  bool copy_slice() {
    std::vector<Outcome> outcomes(slice_.size());
    in_parallel(options_.jobs, slice_.size(), [&](std::size_t i) { outcomes[i] = try_copy(from_, to_, slice_[i]); });
    return count(outcomes);
  }

  bool count(std::vector<Outcome>& outcomes) {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      if (!outcomes[i].error) {
        ++(outcomes[i].copied ? report_.copied : report_.unchanged);
        continue;
      }
      const Code code = outcomes[i].error->code;
      if (code == Code::store_corrupt || code == Code::store_busy || code == Code::argument_invalid) {
        report_.failed.push_back({slice_[i].facts.imodel_id, std::move(*outcomes[i].error)});
      } else if (!cannot_go_on_) {  // a full or unreachable store will not take the others either
        cannot_go_on_ = std::move(outcomes[i].error);
      }
    }
    done_ += slice_.size();
    slice_.clear();
    if (!cannot_go_on_ && options_.progress && !options_.progress(done_, std::max(total_, done_))) {
      report_.stopped = true;
    }
    return !cannot_go_on_ && !report_.stopped;
  }

  Result<void> copy_failures() {
    auto failures = from_.failures();
    if (!failures && failures.error().code == Code::store_corrupt) {
      report_.failures_unread = std::move(failures.error());  // no picture is any the worse for it
      return {};
    }
    if (!failures) return std::unexpected(failures.error());
    for (const ImportFailure& failure : *failures) {
      if (auto remembered = to_.remember_failure(failure); !remembered) return remembered;
    }
    return {};
  }

  Store& from_;
  Store& to_;
  const CopyOptions& options_;
  std::set<Guid> damaged_;
  std::vector<StoredThumbnail> slice_;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
  std::optional<Error> cannot_go_on_;
  CopyReport report_;
};

}  // namespace
}  // namespace engine

Result<CopyReport> copy_store(Store& from, Store& to, const CopyOptions& options) {
  return guarded([&]() -> Result<CopyReport> {  // a host's own part may throw
    if (&from == &to) return fail(Code::argument_invalid, "a store can't be copied into itself");
    if (options.jobs < 1 || options.jobs > engine::jobs_limit) return fail(Code::argument_invalid, "jobs: 1 to 256");
    return engine::Copy(from, to, options).run();
  });
}

}  // namespace locket
