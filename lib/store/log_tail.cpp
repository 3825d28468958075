#include "store/log_tail.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <cstring>

namespace locket::store {
namespace {

// sqlite.org/walformat.html: the log begins with 32 bytes, each page in it with 24; and the header of the index.
constexpr std::int64_t log_header_bytes = 32;
constexpr std::int64_t frame_header_bytes = 24;
constexpr int index_region_bytes = 32'768;
struct IndexHeader {
  std::uint32_t version;
  std::uint32_t unused;
  std::uint32_t changes;
  std::uint8_t is_initialized;
  std::uint8_t is_big_endian;
  std::uint16_t page_bytes;  // 1 stands for 65,536
  std::uint32_t pages;       // in the log, up to the last commit
};

sqlite3_file* file_of(Connection& connection, int operation) {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(connection.handle(), "main", operation, &file) != SQLITE_OK) return nullptr;
  return file != nullptr && file->pMethods != nullptr ? file : nullptr;
}

}  // namespace

bool cut_log_tail(Connection& connection) noexcept {
  sqlite3_file* const database = file_of(connection, SQLITE_FCNTL_FILE_POINTER);
  sqlite3_file* const log = file_of(connection, SQLITE_FCNTL_JOURNAL_POINTER);
  if (database == nullptr || log == nullptr || database->pMethods->iVersion < 2) return true;  // no log is open
  void volatile* region = nullptr;
  if (database->pMethods->xShmMap(database, 0, index_region_bytes, 0, &region) != SQLITE_OK) return false;
  if (region == nullptr) return true;
  IndexHeader header{};
  std::memcpy(&header, const_cast<const void*>(region), sizeof header);
  if (header.is_initialized == 0) return true;
  const std::int64_t page_bytes = header.page_bytes == 1 ? 65'536 : header.page_bytes;
  const std::int64_t end =
      header.pages == 0 ? 0 : log_header_bytes + std::int64_t{header.pages} * (frame_header_bytes + page_bytes);
  sqlite3_int64 size = 0;
  if (log->pMethods->xFileSize(log, &size) != SQLITE_OK) return false;
  return size <= end || log->pMethods->xTruncate(log, end) == SQLITE_OK;
}

}  // namespace locket::store
