#include "store/backup.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>

#include "base/guarded.hpp"
#include "store/read_transaction.hpp"
#include "store/schema.hpp"
#include "store/scrub.hpp"
#include "store/sqlite_error.hpp"
#include "store/state_row.hpp"
#include "store/store_file.hpp"
#include "store/system_error.hpp"

namespace locket::store {
namespace {

constexpr int pages_at_once = 256;

Result<void> copy_pages(Connection& from, Connection& to) {
  sqlite3_backup* backup = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
  if (backup == nullptr) {
    return std::unexpected(sqlite_error(sqlite3_extended_errcode(to.handle()), to.handle(), "starting a backup"));
  }
  int result = SQLITE_OK;
  while (result == SQLITE_OK) result = sqlite3_backup_step(backup, pages_at_once);
  const int finished = sqlite3_backup_finish(backup);
  if (result == SQLITE_DONE) result = finished;
  if (result != SQLITE_OK) return std::unexpected(sqlite_error(result, to.handle(), "copying the store"));
  return {};
}

Result<void> prove_copy(Connection& copy) {
  if (auto schema = verify_schema(copy); !schema) return schema;
  const auto report = scrub(copy, {});
  if (!report) return std::unexpected(report.error());
  if (report->damaged.empty()) return {};
  return fail(Code::store_corrupt, "the copy is damaged, as is the store: " + report->damaged.front().what);
}

Result<void> sync_file(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const int error = file >= 0 && fsync(file) == 0 ? 0 : errno;
  if (file >= 0) close(file);
  if (error == 0) return {};
  return fail(Code::store_io_failed, std::string("syncing the backup: ").append(error_words(error)));
}

Result<void> write_copy(Connection& connection, const std::string& path) {
  auto copy = Connection::open(path, {OpenMode::write, 0});
  if (!copy) return std::unexpected(std::move(copy.error()));
  auto copied = in_read_transaction(connection, [&]() -> Result<void> {
    // Once something was read the copy is of that moment; without that every commit of others starts it anew.
    if (auto state = load_state(connection); !state) return std::unexpected(std::move(state.error()));
    return copy_pages(connection, **copy);
  });
  if (!copied) return copied;
  if (auto proven = prove_copy(**copy); !proven) return proven;
  (*copy)->checkpoint_on_close();  // the copy is one file, without a log beside it
  return {};
}

// A log lies beside a store, if only an empty one, as long as a program has it open, whose writes would be lost.
Result<void> refuse_open_store(const std::string& path) {
  if (auto refused = refuse_unfinished_work(path); !refused) return refused;
  if (access((path + "-wal").c_str(), F_OK) != 0) return {};
  return fail(Code::store_open_failed, "a -wal file lies beside it: a program has it open, or was cut off");
}

// A copy that lies ready takes its name only where nothing, or a store, has it at this moment.
Result<void> put_into_place(const std::string& finished, const std::string& path) {
  if (auto refused = refuse_open_store(path); !refused) return refused;
  const auto target = examine_copy_target(path);
  if (!target) return std::unexpected(target.error());
  const auto renamed = rename_into_place(finished, path, *target == FileState::store);
  if (!renamed) return std::unexpected(renamed.error());
  if (!*renamed) return fail(Code::store_foreign, "another file has just got this name");
  return {};
}

}  // namespace

Result<void> write_backup(Connection& connection, const std::string& path) {
  auto resolved = resolve_store_path(path);
  if (!resolved) return std::unexpected(std::move(resolved.error()));
  if (*resolved == sqlite3_db_filename(connection.handle(), "main")) {
    return fail(Code::argument_invalid, "a backup onto the store itself");
  }
  if (auto refused = refuse_open_store(*resolved); !refused) return refused;
  if (auto target = examine_copy_target(*resolved); !target) return std::unexpected(std::move(target.error()));
  const auto unfinished = UnfinishedFile::make(*resolved);
  if (!unfinished) return std::unexpected(unfinished.error());
  return guarded([&]() -> Result<void> {
    if (auto written = write_copy(connection, unfinished->path()); !written) return written;
    // What the closing of the copy could not take out of its log would be missing.
    if (has_log(unfinished->path())) {
      return fail(Code::store_io_failed, "closing the backup left a part of it in its log");
    }
    if (auto synced = sync_file(unfinished->path()); !synced) return synced;
    return put_into_place(unfinished->path(), *resolved);
  });
}

}  // namespace locket::store
