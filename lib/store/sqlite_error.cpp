#include "store/sqlite_error.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <new>
#include <string>

namespace locket::store {
namespace {

constexpr sqlite3_uint64 probed_bytes = 128 << 20;  // more than any one value, and than reading an iModel file may take

bool is_of_room(int error) { return error == ENOSPC || error == EDQUOT || error == EFBIG; }

// What the system last refused for one of the connection's files, 0 where nothing.
int file_errno(sqlite3* connection, int pointer) {
  sqlite3_file* file = nullptr;
  int error = 0;
  if (sqlite3_file_control(connection, "main", pointer, &file) != SQLITE_OK) return 0;
  if (file == nullptr || file->pMethods == nullptr) return 0;
  return file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error) == SQLITE_OK ? error : 0;
}

bool no_room(int result, sqlite3* connection) {
  if (connection == nullptr) return false;
  if (is_of_room(sqlite3_system_errno(connection))) return true;
  // SQLite 3.40 does not ask for the errno of a commit that fails, which writes the log.
  return result == SQLITE_IOERR_WRITE && (is_of_room(file_errno(connection, SQLITE_FCNTL_JOURNAL_POINTER)) ||
                                          is_of_room(file_errno(connection, SQLITE_FCNTL_FILE_POINTER)));
}

Code io_code(int result, sqlite3* connection) {
  if (result == SQLITE_IOERR_NOMEM) return Code::out_of_memory;
  if (result == SQLITE_IOERR_SHMMAP && connection != nullptr && sqlite3_system_errno(connection) == ENOMEM) {
    return Code::out_of_memory;
  }
  if (result == SQLITE_IOERR_DATA || result == SQLITE_IOERR_CORRUPTFS) return Code::store_corrupt;
  // A read fails for other reasons than a full disk; the last errno of the file may be an older one.
  if (result == SQLITE_IOERR_READ || result == SQLITE_IOERR_SHORT_READ) return Code::store_io_failed;
  return no_room(result, connection) ? Code::store_full : Code::store_io_failed;
}

Code code_of(int result, sqlite3* connection) {
  switch (result & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: return Code::store_busy;
    case SQLITE_FULL: return Code::store_full;
    case SQLITE_NOMEM: return Code::out_of_memory;
    case SQLITE_IOERR: return io_code(result, connection);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH: return Code::store_corrupt;
    case SQLITE_READONLY:
    case SQLITE_PERM: return Code::store_read_only;
    case SQLITE_CANTOPEN: return no_room(result, connection) ? Code::store_full : Code::store_open_failed;
    default: return Code::store_failed;
  }
}

}  // namespace

Error sqlite_error(int result, sqlite3* connection, std::string_view doing) noexcept {
  const Code code = code_of(result, connection);
  try {
    std::string detail(doing);
    detail += ": ";
    detail += sqlite3_errstr(result);
    detail += " (";
    detail += std::to_string(result);
    detail += ')';
    return {code, std::move(detail)};
  } catch (const std::bad_alloc&) {
    return {code, {}};
  }
}

bool is_memory_short() noexcept {
  void* const block = sqlite3_malloc64(probed_bytes);
  sqlite3_free(block);
  return block == nullptr;
}

}  // namespace locket::store
