#include "rados/rados_store.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <limits>
#include <map>
#include <thread>

#include "base/guarded.hpp"
#include "base/in_parallel.hpp"
#include "base/log_text.hpp"
#include "locket/clock.hpp"
#include "rados/failure_objects.hpp"
#include "rados/record_proof.hpp"

namespace locket::rados {
namespace {

constexpr std::uint64_t picture_overhead_bytes = 256;  // what an entry takes beside the picture, rounded up

/// Until when a change is tried again because others change the same iModel; so often it is tried in any case.
class Patience {
 public:
  explicit Patience(std::uint32_t wait_ms, int tries_min = 1)
      : until_(std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms)), tries_left_(tries_min) {}

  /// Whether to try, or to try again.
  [[nodiscard]] bool lasts() { return tries_left_-- > 0 || std::chrono::steady_clock::now() < until_; }

 private:
  std::chrono::steady_clock::time_point until_;
  int tries_left_;
};

ThumbnailHead make_head(const Record& record, const ProvenRecord& proven, const Guid& itwin_id,
                        const std::optional<ThumbnailHead>& old) {
  ThumbnailHead head;
  head.revision = old ? old->revision + 1 : 1;
  head.itwin_id = itwin_id;
  head.uploaded = true;
  head.small = proven.small;
  head.large = proven.large;
  head.source_digest = record.source_digest;
  head.source = record.source;
  head.recipe = record.recipe;
  head.source_path = record.source_path;
  head.uploaded_by = record.uploaded_by;
  head.updated_at_s = record.updated_at_s.value_or(system_clock().now().seconds);
  return head;
}

StoredThumbnail thumbnail_of(const Guid& imodel_id, const Guid& itwin_id, const ThumbnailHead& head) {
  return {{imodel_id, itwin_id}, head.revision,    head.small.bytes,  head.large.bytes, head.source_digest,
          head.recipe,           head.source_path, head.updated_at_s, head.source,      head.uploaded_by};
}

bool is_uploaded(const std::optional<ThumbnailHead>& head) { return head && head->uploaded; }

}  // namespace

RadosStore::RadosStore(std::unique_ptr<Pool> pool, const StoreOptions& options)
    : pool_(std::move(pool)),
      options_(options),
      log_(options.log != nullptr ? *options.log : silent_log()),
      imodels_(*pool_->imodels),
      access_(*pool_->access, log_),
      pictures_(options.limits.hot_picture_bytes_max) {}

Result<void> RadosStore::open() { return access_.open(options_.create); }

template <class Value>
Result<Value> RadosStore::log_if_damaged(Result<Value> result) {
  if (!result && result.error().code == Code::store_corrupt) {
    log_.write(LogLevel::error, "store.damaged", log_text(result.error().detail));
  }
  return result;
}

Result<std::optional<ThumbnailHead>> RadosStore::head(const Guid& imodel_id) {
  auto head = imodels_.head(imodel_id);
  if (head) guesses_.remember(imodel_id, *head);
  return head;
}

auto RadosStore::look_up(const Guid& imodel_id, const std::optional<SeenHead>& guess) -> Result<Known> {
  Known known;
  const auto named = access_.find_named(imodel_id, known.access_revision);
  if (!named) return std::unexpected(named.error());
  if (guess) {
    known.head = guess->head;
  } else {
    auto head = imodels_.head(imodel_id);
    if (!head) return std::unexpected(std::move(head.error()));
    known.head = std::move(*head);
  }
  known.itwin_id = *named;
  // An iModel without a picture that the facts do not name is known until they change.
  if (!known.itwin_id && known.head && (known.head->uploaded || known.head->removed_at == known.access_revision)) {
    known.itwin_id = known.head->itwin_id;
  }
  return known;
}

Result<Receipt> RadosStore::put(const Record& record) {
  return guarded([&]() -> Result<Receipt> {
    const auto proven = prove(record, options_.limits);
    if (!proven) return std::unexpected(proven.error());
    auto guess = guesses_.take(record.imodel_id);
    for (Patience patience(options_.limits.busy_wait_ms_max, guess ? 2 : 1); patience.lasts(); guess.reset()) {
      const auto known = look_up(record.imodel_id, guess);
      if (!known) return log_if_damaged(Result<Receipt>(std::unexpected(known.error())));
      const std::uint64_t revision = is_uploaded(known->head) ? known->head->revision : 0;
      if (record.expected_revision && *record.expected_revision != revision) {
        if (guess) continue;
        return fail(Code::precondition_failed, "the thumbnail has changed");
      }
      if (!known->itwin_id && !record.itwin_id) {
        if (guess) continue;
        return fail(Code::argument_invalid, "an unknown iModel, and no iTwin is given");
      }
      const ThumbnailHead made =
          make_head(record, *proven, known->itwin_id ? *known->itwin_id : *record.itwin_id, known->head);
      const auto replaced = imodels_.replace(record.imodel_id, known->head, made, proven->bytes);
      if (!replaced) return std::unexpected(replaced.error());
      if (!*replaced) continue;
      guesses_.remember(record.imodel_id, made);
      return Receipt{record.imodel_id, made.revision, revision != 0};
    }
    return fail(Code::store_busy, "others replace the same picture all the time");
  });
}

Result<std::optional<ImodelEntry>> RadosStore::find_imodel(const Guid& imodel_id, Lookup lookup) {
  return guarded([&]() -> Result<std::optional<ImodelEntry>> {
    if (lookup == Lookup::remembered) return std::nullopt;
    const auto known = look_up(imodel_id, std::nullopt);
    if (!known) return log_if_damaged(Result<std::optional<ImodelEntry>>(std::unexpected(known.error())));
    guesses_.remember(imodel_id, known->head);
    if (!known->itwin_id) return std::nullopt;
    return ImodelEntry{{imodel_id, *known->itwin_id}, is_uploaded(known->head)};
  });
}

Result<std::optional<Location>> RadosStore::locate(const Grant& grant, Size size) {
  return guarded([&]() -> Result<std::optional<Location>> {
    const auto found = log_if_damaged(head(grant.imodel_id()));
    if (!found) return std::unexpected(found.error());
    if (!is_uploaded(*found)) return std::nullopt;
    const PictureHead& picture = (*found)->picture(size);
    return Location{grant.imodel_id(), size,           static_cast<std::int64_t>(picture.offset),
                    picture.bytes,     picture.sha256, (*found)->revision};
  });
}

Result<std::optional<SharedBytes>> RadosStore::read(const Grant& grant, const Location& location) {
  return guarded([&]() -> Result<std::optional<SharedBytes>> {
    if (location.imodel_id != grant.imodel_id()) {
      return fail(Code::argument_invalid, "a location of another iModel than was granted");
    }
    // What was stored under a higher limit than today's is read as before.
    if (location.bytes == 0 || location.bytes > picture_bytes_limit || location.picture_id < 0) {
      return std::nullopt;
    }
    // The location comes from the cluster, so what it names is the present picture; its bytes never change.
    const PictureKey key{location.imodel_id, location.size};
    if (auto kept = pictures_.find(key); kept && kept->digest == location.digest) return std::move(kept->bytes);
    auto read = log_if_damaged(imodels_.picture(location));
    if (read && *read) pictures_.keep(key, {location.digest, **read}, location.bytes + picture_overhead_bytes);
    return read;
  });
}

Result<void> RadosStore::set_itwin(const Guid& imodel_id, const Guid& itwin_id) {
  for (Patience patience(options_.limits.busy_wait_ms_max); patience.lasts();) {
    const auto seen = log_if_damaged(imodels_.head(imodel_id));
    // One damaged entry must not keep the facts of all others from being replaced.
    if (!seen && seen.error().code == Code::store_corrupt) return {};
    if (!seen) return std::unexpected(seen.error());
    if (!is_uploaded(*seen) || (*seen)->itwin_id == itwin_id) return {};
    ThumbnailHead made = **seen;
    made.itwin_id = itwin_id;
    ++made.revision;
    const auto replaced = imodels_.replace(imodel_id, *seen, made, std::nullopt);
    if (!replaced) return std::unexpected(replaced.error());
    if (*replaced) return {};
  }
  return fail(Code::store_busy, "others replace the same picture all the time");
}

Result<std::uint64_t> RadosStore::replace_access(const AccessDocument& document) {
  return guarded([&]() -> Result<std::uint64_t> {
    if (auto proven = check_access_document(document, options_.limits); !proven) {
      return std::unexpected(std::move(proven.error()));
    }
    return access_.replace(document, [this](const Guid& imodel_id, const Guid& itwin_id) {
      return guarded([&] { return set_itwin(imodel_id, itwin_id); });
    });
  });
}

Result<void> RadosStore::add_bare_imodels(Access& access) {
  std::map<Guid, AccessDocument::Imodel> all;
  const auto named = access_.load_named();
  if (!named) return std::unexpected(named.error());
  for (const auto& [imodel_id, itwin_id] : *named) all[imodel_id] = {imodel_id, itwin_id, ImodelMode::none, {}};
  Result<void> result;
  auto walked = imodels_.for_each_slice({}, [&](const std::vector<Guid>& ids) {
    const auto found = thumbnails(ids);
    if (!found) result = std::unexpected(found.error());
    if (!found) return false;
    access.left_out.insert(access.left_out.end(), found->damaged.begin(), found->damaged.end());
    for (const StoredThumbnail& thumbnail : found->sound) {
      const ImodelFacts& facts = thumbnail.facts;
      all.try_emplace(facts.imodel_id, AccessDocument::Imodel{facts.imodel_id, facts.itwin_id, ImodelMode::none, {}});
    }
    return true;
  });
  if (!walked) return walked;
  if (!result) return result;
  AccessDocument& document = access.document;
  for (auto& imodel : document.imodels) all[imodel.id] = std::move(imodel);
  std::erase_if(access.left_out, [&](const Guid& imodel_id) { return all.contains(imodel_id); });
  document.imodels.clear();
  for (auto& [imodel_id, imodel] : all) document.imodels.push_back(std::move(imodel));
  return {};
}

Result<Store::Access> RadosStore::load_access(AccessScope scope) {
  return guarded([&]() -> Result<Access> {
    auto access = log_if_damaged(access_.load());
    if (!access || scope == AccessScope::configured) return access;
    if (auto added = add_bare_imodels(*access); !added) return std::unexpected(std::move(added.error()));
    return access;
  });
}

Result<std::uint64_t> RadosStore::access_revision() {
  return guarded([&] { return access_.revision(); });
}

// The reads in parallel. What is damaged was told to the log.
Result<RadosStore::Listed> RadosStore::thumbnails(const std::vector<Guid>& ids) {
  std::vector<Result<std::optional<StoredThumbnail>>> parts(ids.size());
  in_parallel(calls_at_once, ids.size(), [&](std::size_t i) { parts[i] = find_thumbnail(ids[i]); });
  Listed found;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    auto& part = parts[i];
    if (!part) {
      if (part.error().code != Code::store_corrupt) return std::unexpected(std::move(part.error()));
      // Damage of the facts, which tell the iTwins of many, is no fault of this entry.
      std::uint64_t revision = 0;
      if (auto named = access_.find_named(ids[i], revision); !named) return std::unexpected(std::move(named.error()));
      found.damaged.push_back(ids[i]);
    } else if (*part) {
      found.sound.push_back(std::move(**part));
    }
  }
  return found;
}

Result<std::vector<Guid>> RadosStore::list(const std::function<bool(const StoredThumbnail&)>& visit) {
  return guarded([&]() -> Result<std::vector<Guid>> {
    Result<std::vector<Guid>> damaged;
    auto walked = imodels_.for_each_slice({}, [&](const std::vector<Guid>& ids) {
      const auto found = thumbnails(ids);
      if (!found) damaged = std::unexpected(found.error());
      if (!found) return false;
      const auto last = std::ranges::find_if_not(found->sound, std::ref(visit));
      const bool goes_on = last == found->sound.end();
      const auto behind =
          goes_on ? found->damaged.end() : std::ranges::upper_bound(found->damaged, last->facts.imodel_id);
      damaged->insert(damaged->end(), found->damaged.begin(), behind);
      return goes_on;
    });
    if (!walked) return std::unexpected(std::move(walked.error()));
    return damaged;
  });
}

// Tells of those ids that are known. Result: whether `visit` wants more.
Result<bool> RadosStore::visit_imodels(const std::vector<Guid>& ids,
                                       const std::function<bool(const ImodelEntry&)>& visit) {
  std::vector<Result<std::optional<ImodelEntry>>> found(ids.size());
  in_parallel(calls_at_once, ids.size(), [&](std::size_t i) { found[i] = find_imodel(ids[i], Lookup::stored); });
  for (const auto& entry : found) {
    if (!entry && entry.error().code != Code::store_corrupt) return std::unexpected(entry.error());
    if (entry && *entry && !visit(**entry)) return false;  // what is damaged was told to the log
  }
  return true;
}

Result<void> RadosStore::list_imodels(const std::optional<Guid>& after,
                                      const std::function<bool(const ImodelEntry&)>& visit) {
  return guarded([&]() -> Result<void> {
    const auto all_named = access_.load_named();
    if (!all_named) return std::unexpected(all_named.error());
    std::vector<Guid> named;
    for (const auto& [imodel_id, itwin_id] : *all_named) {
      if (!after || imodel_id > *after) named.push_back(imodel_id);
    }
    auto next_named = named.begin();
    Result<bool> more = true;
    auto walked = imodels_.for_each_slice(after, [&](const std::vector<Guid>& ids) {
      const auto last_named = std::ranges::upper_bound(next_named, named.end(), ids.back());
      std::vector<Guid> both;
      std::set_union(ids.begin(), ids.end(), next_named, last_named, std::back_inserter(both));
      next_named = last_named;
      more = visit_imodels(both, visit);
      return more && *more;
    });
    if (!walked) return walked;
    if (more && *more) more = visit_imodels({next_named, named.end()}, visit);
    if (!more) return std::unexpected(std::move(more.error()));
    return {};
  });
}

Result<std::optional<StoredThumbnail>> RadosStore::find_thumbnail(const Guid& imodel_id) {
  return guarded([&]() -> Result<std::optional<StoredThumbnail>> {
    const auto known = look_up(imodel_id, std::nullopt);
    if (!known) return log_if_damaged(Result<std::optional<StoredThumbnail>>(std::unexpected(known.error())));
    guesses_.remember(imodel_id, known->head);
    if (!is_uploaded(known->head)) return std::nullopt;
    return thumbnail_of(imodel_id, *known->itwin_id, *known->head);
  });
}

Result<std::optional<Store::Both>> RadosStore::read_for_operator(const Guid& imodel_id) {
  return guarded([&]() -> Result<std::optional<Both>> {
    const auto found = log_if_damaged(head(imodel_id));
    if (!found) return std::unexpected(found.error());
    if (!is_uploaded(*found)) return std::nullopt;
    auto object = log_if_damaged(imodels_.both(imodel_id, **found));
    if (!object) return std::unexpected(std::move(object.error()));
    if (!*object) return std::nullopt;
    return Both{std::move((*object)->small), std::move((*object)->large)};
  });
}

// The iTwin in a damaged entry may be another's: where the facts do not name the iModel, it is unknown from now on.
Result<bool> RadosStore::drop_damaged(const Guid& imodel_id) {
  std::uint64_t revision = 0;
  const auto named = access_.find_named(imodel_id, revision);
  if (!named) return std::unexpected(named.error());
  ThumbnailHead made;
  made.removed_at = std::numeric_limits<std::uint64_t>::max();
  return imodels_.replace_damaged(imodel_id, made);
}

Result<bool> RadosStore::remove(const Guid& imodel_id) {
  return guarded([&]() -> Result<bool> {
    for (Patience patience(options_.limits.busy_wait_ms_max); patience.lasts();) {
      const auto known = look_up(imodel_id, std::nullopt);
      if (!known && known.error().code == Code::store_corrupt) {
        const auto dropped = drop_damaged(imodel_id);
        if (!dropped || *dropped) return dropped;
        continue;
      }
      if (!known) return std::unexpected(known.error());
      if (!is_uploaded(known->head)) return false;
      ThumbnailHead made;
      made.revision = known->head->revision + 1;  // goes on when there is a picture again
      made.itwin_id = *known->itwin_id;
      made.removed_at = known->access_revision;
      const auto replaced = imodels_.replace(imodel_id, known->head, made, std::string_view());
      if (!replaced) return std::unexpected(replaced.error());
      if (!*replaced) continue;
      guesses_.remember(imodel_id, made);
      return true;
    }
    return fail(Code::store_busy, "others replace the same picture all the time");
  });
}

Result<void> RadosStore::check_facts(CheckReport& report) {
  auto damages = access_.check();
  if (!damages) return std::unexpected(std::move(damages.error()));
  for (std::string& damage : *damages) report.damaged.push_back({std::nullopt, std::move(damage)});
  return {};
}

// Reads both pictures of each, and forgets the bytes. Result: whether the check goes on.
Result<bool> RadosStore::check_pictures(const std::vector<Guid>& ids, Progress& progress, CheckReport& report) {
  std::vector<Result<std::optional<std::uint64_t>>> read(ids.size());
  in_parallel(calls_at_once, ids.size(), [&](std::size_t i) {
    const auto both = read_for_operator(ids[i]);
    if (!both) {
      read[i] = std::unexpected(both.error());
    } else if (*both) {
      read[i] = (*both)->small.size() + (*both)->large.size();
    }
  });
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!read[i] && read[i].error().code != Code::store_corrupt) return std::unexpected(read[i].error());
    if (!read[i]) report.damaged.push_back({ids[i], read[i].error().detail});
    const bool there = !read[i] || *read[i];
    if (read[i] && *read[i]) progress.pace.add(**read[i]);
    for (int picture = 0; picture < 2; ++picture) {
      if (there) ++report.checked;
      ++progress.done;
      if (progress.options.progress && !progress.options.progress(progress.done, progress.total)) return false;
    }
  }
  std::this_thread::sleep_for(progress.pace.wait());
  return true;
}

Result<CheckReport> RadosStore::check(const CheckOptions& options) {
  return guarded([&]() -> Result<CheckReport> {
    CheckReport report;
    Progress progress{options, Pace(options.bytes_per_s_max)};
    auto counted = imodels_.for_each_slice({}, [&](const std::vector<Guid>& ids) {
      progress.total += 2 * ids.size();
      return true;
    });
    if (!counted) return std::unexpected(std::move(counted.error()));
    if (auto facts = check_facts(report); !facts) return std::unexpected(std::move(facts.error()));
    Result<bool> more = true;
    auto walked = imodels_.for_each_slice({}, [&](const std::vector<Guid>& ids) {
      more = check_pictures(ids, progress, report);
      return more && *more;
    });
    if (!walked) return std::unexpected(std::move(walked.error()));
    if (!more) return std::unexpected(std::move(more.error()));
    return report;
  });
}

Result<StoreStatistics> RadosStore::statistics() {
  return guarded([&]() -> Result<StoreStatistics> {
    StoreStatistics statistics;
    std::map<std::string, std::uint64_t> recipes;
    const auto named = access_.load_named();
    if (!named) return std::unexpected(named.error());
    statistics.imodels = named->size();
    auto listed = list([&](const StoredThumbnail& thumbnail) {
      ++statistics.thumbnails;
      ++recipes[thumbnail.recipe];
      statistics.picture_bytes += thumbnail.small_bytes + thumbnail.large_bytes;
      if (!std::ranges::binary_search(*named, thumbnail.facts.imodel_id, {}, &NamedImodels::value_type::first)) {
        ++statistics.imodels;
      }
      return true;
    });
    if (!listed) return std::unexpected(std::move(listed.error()));
    statistics.pictures = 2 * statistics.thumbnails;  // of the sound ones
    statistics.file_bytes = statistics.picture_bytes;
    const auto failed = read_failures(*pool_->failures);
    if (!failed) return std::unexpected(failed.error());
    statistics.failures = failed->size();
    const auto revision = access_.revision();
    if (!revision) return std::unexpected(revision.error());
    statistics.access_revision = *revision;
    statistics.hot_pictures = pictures_.statistics();
    statistics.thumbnails_by_recipe.assign(recipes.begin(), recipes.end());
    return statistics;
  });
}

Result<void> RadosStore::remember_failure(const ImportFailure& failure) {
  return guarded([&]() -> Result<void> {
    if (auto checked = check_import_failure(failure, options_.limits); !checked) return checked;
    return write_failure(*pool_->failures, failure);
  });
}

Result<std::vector<ImportFailure>> RadosStore::failures() {
  return guarded([&] { return read_failures(*pool_->failures); });
}

Result<void> RadosStore::forget_failures() {
  return guarded([&] { return rados::forget_failures(*pool_->failures); });
}

Result<void> RadosStore::backup(const std::string&) {
  return fail(Code::argument_invalid, "a store on Ceph is copied into another store (`locket copy`)");
}

}  // namespace locket::rados
