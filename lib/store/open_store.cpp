#include "base/guarded.hpp"
#include "store/log_proof.hpp"
#include "store/schema.hpp"
#include "store/sqlite_store.hpp"
#include "store/state_row.hpp"
#include "store/store_file.hpp"

namespace locket {
namespace store {
namespace {

Result<std::unique_ptr<WriteLock>> open_lock(const std::string& path, const StoreOptions& options) {
  const auto state = examine_store_file(path);
  if (!state) return std::unexpected(state.error());
  if (*state == FileState::absent && !options.create) return fail(Code::store_open_failed, "there is no such file");
  auto lock = WriteLock::open(path + "-lock");
  if (!lock) return lock;
  if (*state == FileState::store) {
    // Whoever made the file may have died before its name was durable; nothing may be acknowledged in it before.
    if (auto named = sync_folder_of(path); !named) return std::unexpected(std::move(named.error()));
    return lock;
  }
  if (auto acquired = (*lock)->acquire(Deadline(options.limits.busy_wait_ms_max)); !acquired) {
    return std::unexpected(std::move(acquired.error()));
  }
  const WriteHold hold(**lock);
  if (auto made = create_store_file(path); !made) return std::unexpected(std::move(made.error()));
  return lock;
}

Result<void> verify_and_migrate(Connection& connection) {
  const auto version = read_schema_version(connection);
  if (!version) return std::unexpected(version.error());
  if (*version < schema_version) {
    if (auto migrated = migrate(connection, migrations(), schema_version); !migrated) return migrated;
  }
  if (auto verified = verify_schema(connection); !verified) return verified;
  if (auto state = load_state(connection); !state) return std::unexpected(std::move(state.error()));
  if (auto log = connection.run_script("PRAGMA journal_mode = WAL", "switching to a write-ahead log"); !log) return log;
  // Only now a reading surely opens the log.
  if (auto state = load_state(connection); !state) return std::unexpected(std::move(state.error()));
  connection.remember_log();
  return {};
}

/// Opens the connection that writes. Whatever may have to change the file or to recover its log happens under the
/// write lock; a file that is refused is left without new neighbours but the lock.
Result<std::unique_ptr<Connection>> open_writer(const std::string& path, WriteLock& lock, const StoreOptions& options) {
  const std::uint32_t wait_ms = options.limits.busy_wait_ms_max;
  if (auto acquired = lock.acquire(Deadline(wait_ms)); !acquired) return std::unexpected(std::move(acquired.error()));
  const WriteHold hold(lock);
  const bool had_log = has_log(path);
  if (had_log && lock.is_alone()) {
    if (auto proven = prove_log(path + "-wal"); !proven) return std::unexpected(std::move(proven.error()));
  }
  auto connection = Connection::open(path, {OpenMode::write, wait_ms});
  if (!connection) {
    // The same once more, now that it is known that nobody else needs the log.
    if (lock.count_out() && !had_log) (void)Connection::open(path, {OpenMode::write, wait_ms, true});
    return connection;
  }
  auto ready = verify_and_migrate(**connection);
  if (ready) return connection;
  // There is nothing to copy, only an empty log to take away.
  if (lock.count_out() && !had_log) (*connection)->checkpoint_on_close();
  connection->reset();
  return std::unexpected(std::move(ready.error()));
}

Result<std::unique_ptr<Store>> open_at(const std::string& given, const StoreOptions& options) {
  if (options.limits.stored_picture_bytes_max > picture_bytes_limit) {
    return fail(Code::argument_invalid, "stored_picture_bytes_max: at most 67,108,864");
  }
  if (options.limits.stored_text_bytes_max > text_bytes_limit) {
    return fail(Code::argument_invalid, "stored_text_bytes_max: at most 1,048,576");
  }
  auto path = resolve_store_path(given);
  if (!path) return std::unexpected(std::move(path.error()));
  auto lock = open_lock(*path, options);
  if (!lock) return std::unexpected(std::move(lock.error()));
  auto connection = open_writer(*path, **lock, options);
  if (!connection) return std::unexpected(std::move(connection.error()));
  return std::make_unique<SqliteStore>(OpenParts{std::move(*path), options, std::move(*lock), std::move(*connection)});
}

}  // namespace
}  // namespace store

Result<std::unique_ptr<Store>> open_store(const std::string& path, const StoreOptions& options) {
  return guarded([&] { return store::open_at(path, options); });
}

}  // namespace locket
