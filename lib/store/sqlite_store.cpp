#include "store/sqlite_store.hpp"

#include <algorithm>

#include "base/guarded.hpp"
#include "base/log_text.hpp"
#include "locket/clock.hpp"
#include "store/access_tables.hpp"
#include "store/backup.hpp"
#include "store/failure_table.hpp"
#include "store/imodel_table.hpp"
#include "store/picture_table.hpp"
#include "store/read_transaction.hpp"
#include "store/scrub.hpp"
#include "store/state_row.hpp"
#include "store/store_statistics.hpp"
#include "store/thumbnail_list.hpp"
#include "store/thumbnail_rows.hpp"

namespace locket::store {
namespace {

constexpr std::size_t readers_max = 8;
constexpr std::int64_t rows_at_once = 256;

/// Reads a picture that a row names, within the transaction in which the row was read.
Result<SharedBytes> read_present_picture(Connection& connection, const Guid& imodel_id, const PictureKey& key) {
  auto bytes = read_picture(connection, key);
  if (bytes && *bytes) return std::move(**bytes);
  if (bytes) return fail(Code::store_corrupt, "a picture of iModel " + to_string(imodel_id) + " is missing");
  if (bytes.error().code != Code::store_corrupt) return std::unexpected(std::move(bytes.error()));
  return fail(Code::store_corrupt, bytes.error().detail + ", of iModel " + to_string(imodel_id));
}

/// Whether a row still names the picture of a location.
bool shows(const ImodelRow& row, const Location& location) {
  return row.thumbnail && row.thumbnail->picture(location.size).picture_id == location.picture_id;
}

/// Writes where a row says that a size of its thumbnail lies; nothing when it has none.
void write_location(const ImodelRow& row, Size size, std::optional<Location>& to) {
  if (!row.thumbnail) return to.reset();
  const PictureKey& key = row.thumbnail->picture(size);
  to.emplace(row.imodel_id, size, key.picture_id, static_cast<std::uint64_t>(key.bytes), key.sha256,
             static_cast<std::uint64_t>(row.thumbnail->revision));
}

/// The ids in order, each once.
std::vector<Guid> in_order(std::vector<Guid> ids) {
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());
  return ids;
}

}  // namespace

SqliteStore::SqliteStore(OpenParts parts)
    : path_(std::move(parts.path)),
      options_(parts.options),
      log_(options_.log != nullptr ? *options_.log : silent_log()),
      lock_(std::move(parts.lock)),
      writer_(path_, *lock_, std::move(parts.writer), options_.limits),
      readers_(path_, readers_max, options_.limits.busy_wait_ms_max),
      watch_(path_, options_.limits.busy_wait_ms_max, options_.staleness_ms_max),
      memory_(options_.limits) {}

template <class Work>
auto SqliteStore::read_with(Work work) -> decltype(work(std::declval<Connection&>())) {
  if (watch_.has_moved(false)) return std::unexpected(file_has_moved());
  auto reader = readers_.borrow();
  if (!reader) return std::unexpected(std::move(reader.error()));
  auto result = guarded([&] { return work(**reader); });
  // One that could not even end its transaction would show the next reader what was, and keep the log from shrinking.
  const bool is_stuck = !(**reader).in_autocommit();
  if (is_stuck || (!result && result.error().code == Code::store_io_failed)) reader->discard();
  if (!result) {
    if (result.error().code == Code::store_corrupt) log_damage(result.error());
  }
  return result;
}

template <class Work>
auto SqliteStore::write_with(Work work) -> decltype(work(std::declval<Connection&>())) {
  // The writer asks its own connection as well, which sees what was replaced before the watch first looked; but it may
  // be one that was opened anew after the disk failed, and the watch's never is.
  if (watch_.has_moved(true)) return std::unexpected(file_has_moved());
  decltype(work(std::declval<Connection&>())) result = fail(Code::internal_error);
  const auto committed = writer_.commit([&](Connection& connection) -> Result<void> {
    result = work(connection);
    if (!result) return std::unexpected(result.error());
    return {};
  });
  watch_.note_own_commit();
  if (!committed) {
    if (committed.error().code == Code::store_corrupt) log_damage(committed.error());
    return std::unexpected(committed.error());
  }
  return result;
}

Result<Receipt> SqliteStore::put(const Record& record) {
  return guarded([&]() -> Result<Receipt> {
    const auto proven = prove(record, options_.limits);
    if (!proven) return std::unexpected(proven.error());
    const std::int64_t now_s = system_clock().now().seconds;
    return write_with([&](Connection& connection) { return put_thumbnail(connection, *proven, now_s); });
  });
}

Result<std::optional<ImodelEntry>> SqliteStore::find_imodel(const Guid& imodel_id, Lookup lookup) {
  return guarded([&]() -> Result<std::optional<ImodelEntry>> {
    Result<std::optional<ImodelEntry>> entry;
    const auto write = [&](const ImodelRow& row) {
      entry->emplace(ImodelFacts{row.imodel_id, row.itwin_id}, row.thumbnail.has_value());
    };
    if (lookup == Lookup::remembered) {
      (void)memory_.look_at_row(imodel_id, watch_.look(), write);
      return entry;
    }
    // What is read now must not meet, in one decision, what is only remembered of an older state.
    if (options_.staleness_ms_max > 0) (void)watch_.look_now();
    const auto row = read_with([&](Connection& connection) { return find_imodel_row_evenly(connection, imodel_id); });
    if (!row) return std::unexpected(row.error());
    if (*row) write(**row);
    return entry;
  });
}

Result<std::optional<Location>> SqliteStore::locate(const Grant& grant, Size size) {
  return guarded([&]() -> Result<std::optional<Location>> {
    Result<std::optional<Location>> location;
    const ContentEpoch epoch = watch_.look();
    const auto write = [&](const ImodelRow& row) { write_location(row, size, *location); };
    if (memory_.look_at_row(grant.imodel_id(), epoch, write)) return location;
    const auto row = read_with([&](Connection& connection) { return find_imodel_row(connection, grant.imodel_id()); });
    if (!row) return std::unexpected(row.error());
    if (!*row) return location;
    memory_.keep(**row, epoch);
    write(**row);
    return location;
  });
}

Result<std::optional<SharedBytes>> SqliteStore::read(const Grant& grant, const Location& location) {
  return guarded([&]() -> Result<std::optional<SharedBytes>> {
    if (location.imodel_id != grant.imodel_id()) {
      return fail(Code::argument_invalid, "a location of another iModel than was granted");
    }
    // Asked of the row, not of the location, which anybody may have written.
    std::optional<PictureKey> shown;
    const bool known = memory_.look_at_row(location.imodel_id, watch_.look(), [&](const ImodelRow& row) {
      if (shows(row, location)) shown = row.thumbnail->picture(location.size);
    });
    if (known && !shown) return std::nullopt;
    if (shown) {
      if (auto bytes = memory_.picture(shown->sha256)) return bytes;
    }
    return read_stored(location, shown);
  });
}

// With a row that holds, the picture alone is read: its number is never given to another, and the row's digest proves
// it. Whatever then is not as it should be is looked at once more, row and picture at one moment, to tell what it is.
Result<std::optional<SharedBytes>> SqliteStore::read_stored(const Location& location,
                                                            const std::optional<PictureKey>& shown) {
  return read_with([&](Connection& connection) -> Result<std::optional<SharedBytes>> {
    if (shown) {
      auto bytes = read_picture(connection, *shown);
      if (bytes && *bytes) {
        memory_.keep(*shown, **bytes);
        return bytes;
      }
    }
    return in_read_transaction(connection, [&]() -> Result<std::optional<SharedBytes>> {
      const auto row = find_imodel_row(connection, location.imodel_id);
      if (!row) return std::unexpected(row.error());
      if (!*row || !shows(**row, location)) return std::nullopt;
      const PictureKey& key = (*row)->thumbnail->picture(location.size);
      auto bytes = read_present_picture(connection, location.imodel_id, key);
      if (!bytes) return std::unexpected(std::move(bytes.error()));
      memory_.keep(key, *bytes);
      return std::move(*bytes);
    });
  });
}

Result<std::uint64_t> SqliteStore::replace_access(const AccessDocument& document) {
  return guarded([&]() -> Result<std::uint64_t> {
    if (auto proven = check_access_document(document, options_.limits); !proven) {
      return std::unexpected(std::move(proven.error()));
    }
    return write_with([&](Connection& connection) -> Result<std::uint64_t> {
      if (auto written = write_access(connection, document); !written) return std::unexpected(written.error());
      const auto stored = read_access(connection);
      if (!stored) return std::unexpected(stored.error());
      auto state = load_state(connection);
      if (!state) return std::unexpected(state.error());
      ++state->access_revision;
      state->access_xxh3 = access_checksum(*stored);
      if (auto saved = save_state(connection, *state); !saved) return std::unexpected(saved.error());
      return static_cast<std::uint64_t>(state->access_revision);
    });
  });
}

// What SQLite says of a page has many lines.
void SqliteStore::log_damage(const Error& error) {
  log_.write(LogLevel::error, "store.damaged", log_text(error.detail));
}

void SqliteStore::log_damage(const Guid& imodel_id, std::string_view fault) {
  log_.write(LogLevel::error, "store.damaged", "iModel " + to_string(imodel_id) + ": " + std::string(fault));
}

Result<Store::Access> SqliteStore::load_access(AccessScope scope) {
  return guarded([&] {
    auto access = read_with([&](Connection& connection) {
      return in_read_transaction(connection, [&]() -> Result<Access> {
        const auto state = load_state(connection);
        if (!state) return std::unexpected(state.error());
        std::vector<Guid> left_out;
        auto document = scope == AccessScope::whole ? read_whole_access(connection, left_out) : read_access(connection);
        if (!document) return std::unexpected(document.error());
        if (access_checksum(*document) != state->access_xxh3) {
          return fail(Code::store_corrupt, "the access facts are damaged");
        }
        return Access{std::move(*document), static_cast<std::uint64_t>(state->access_revision), std::move(left_out)};
      });
    });
    if (!access) return access;
    for (const Guid& imodel_id : access->left_out) log_damage(imodel_id, damaged_imodel);
    return access;
  });
}

Result<std::uint64_t> SqliteStore::access_revision() {
  return guarded([&]() -> Result<std::uint64_t> {
    const ContentEpoch epoch = watch_.look();
    if (const auto revision = memory_.access_revision(epoch)) return *revision;
    const auto revision = read_with([&](Connection& connection) -> Result<std::uint64_t> {
      auto statement = connection.statement(Sql::load_access_revision);
      const auto row = statement.step();
      if (!row) return std::unexpected(row.error());
      if (!*row) return fail(Code::store_corrupt, "the store's state is damaged");
      return static_cast<std::uint64_t>(statement.integer(0));
    });
    if (revision) memory_.keep_access_revision(*revision, epoch);
    return revision;
  });
}

Result<std::vector<Guid>> SqliteStore::list(const std::function<bool(const StoredThumbnail&)>& visit) {
  return guarded([&]() -> Result<std::vector<Guid>> {
    std::vector<Guid> damaged;
    std::optional<Guid> after;
    do {
      // In slices, so that no transaction stays open while the visitor works.
      const auto slice = read_with([&](Connection& connection) {
        return in_read_transaction(connection, [&] { return next_thumbnails(connection, after, rows_at_once); });
      });
      if (!slice) return std::unexpected(slice.error());
      for (const auto& [imodel_id, thumbnail, fault] : slice->thumbnails) {
        if (!thumbnail) {
          log_damage(imodel_id, fault);
          damaged.push_back(imodel_id);
        } else if (!visit(*thumbnail)) {
          return in_order(std::move(damaged));
        }
      }
      after = slice->last;
    } while (after);
    return in_order(std::move(damaged));
  });
}

Result<void> SqliteStore::list_imodels(const std::optional<Guid>& after,
                                       const std::function<bool(const ImodelEntry&)>& visit) {
  return guarded([&]() -> Result<void> {
    std::optional<Guid> last = after;
    while (true) {
      const auto slice =
          read_with([&](Connection& connection) { return next_imodel_rows(connection, last, rows_at_once); });
      if (!slice) return std::unexpected(slice.error());
      for (const auto& [row, has_id, sound] : *slice) {
        if (!sound) {
          log_damage(row.imodel_id, damaged_imodel);
        } else if (!visit({{row.imodel_id, row.itwin_id}, row.thumbnail.has_value()})) {
          return {};
        }
      }
      if (slice->size() < static_cast<std::size_t>(rows_at_once)) return {};
      last = slice->back().row.imodel_id;
    }
  });
}

Result<std::optional<StoredThumbnail>> SqliteStore::find_thumbnail(const Guid& imodel_id) {
  return guarded([&] {
    return read_with([&](Connection& connection) {
      return in_read_transaction(connection, [&] { return store::find_thumbnail(connection, imodel_id); });
    });
  });
}

Result<std::optional<Store::Both>> SqliteStore::read_for_operator(const Guid& imodel_id) {
  return guarded([&] {
    return read_with([&](Connection& connection) {
      return in_read_transaction(connection, [&]() -> Result<std::optional<Both>> {
        const auto row = find_imodel_row(connection, imodel_id);
        if (!row) return std::unexpected(row.error());
        if (!*row || !(*row)->thumbnail) return std::nullopt;
        auto small = read_present_picture(connection, imodel_id, (*row)->thumbnail->small);
        if (!small) return std::unexpected(small.error());
        auto large = read_present_picture(connection, imodel_id, (*row)->thumbnail->large);
        if (!large) return std::unexpected(large.error());
        return Both{std::move(*small), std::move(*large)};
      });
    });
  });
}

Result<bool> SqliteStore::remove(const Guid& imodel_id) {
  return guarded(
      [&] { return write_with([&](Connection& connection) { return remove_thumbnail(connection, imodel_id); }); });
}

Result<CheckReport> SqliteStore::check(const CheckOptions& options) {
  return guarded([&] { return read_with([&](Connection& connection) { return scrub(connection, options); }); });
}

Result<StoreStatistics> SqliteStore::statistics() {
  return guarded([&] {
    auto statistics = read_with([&](Connection& connection) {
      return in_read_transaction(connection, [&] { return read_statistics(connection, path_); });
    });
    if (statistics) {
      statistics->hot_pictures = memory_.picture_statistics();
      statistics->hot_imodels = memory_.row_statistics();
    }
    return statistics;
  });
}

Result<void> SqliteStore::remember_failure(const ImportFailure& failure) {
  return guarded([&]() -> Result<void> {
    if (auto checked = check_import_failure(failure, options_.limits); !checked) return checked;
    return write_with([&](Connection& connection) { return write_failure(connection, failure); });
  });
}

Result<std::vector<ImportFailure>> SqliteStore::failures() {
  return guarded([&] { return read_with([](Connection& connection) { return read_failures(connection); }); });
}

Result<void> SqliteStore::forget_failures() {
  return guarded(
      [&] { return write_with([](Connection& connection) { return connection.run(Sql::delete_failures); }); });
}

Result<void> SqliteStore::backup(const std::string& path) {
  return guarded([&] { return read_with([&](Connection& connection) { return write_backup(connection, path); }); });
}

}  // namespace locket::store
