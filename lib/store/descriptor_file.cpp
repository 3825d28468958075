#include "store/descriptor_file.hpp"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

namespace locket::store {
namespace {

constexpr const char* file_system_name = "locket-descriptor";

/// What SQLite holds of one open file; it begins with SQLite's own part.
struct DescriptorFile {
  sqlite3_file base;
  int descriptor;
  sqlite3_int64 size;  // asked once: a file that grows meanwhile does not grow for the reader
  std::uint64_t reads;
};

DescriptorFile& of(sqlite3_file* file) noexcept { return *reinterpret_cast<DescriptorFile*>(file); }

int close_nothing(sqlite3_file*) { return SQLITE_OK; }

int read_at(sqlite3_file* file, void* into, int count, sqlite3_int64 offset) {
  auto* place = static_cast<char*>(into);
  int held = 0;
  ++of(file).reads;
  while (held < count) {
    const ssize_t got = pread(of(file).descriptor, place + held, static_cast<std::size_t>(count - held), offset + held);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SQLITE_IOERR_READ;
    if (got == 0) break;
    held += static_cast<int>(got);
  }
  if (held == count) return SQLITE_OK;
  std::memset(place + held, 0, static_cast<std::size_t>(count - held));
  return SQLITE_IOERR_SHORT_READ;
}

int write_nothing(sqlite3_file*, const void*, int, sqlite3_int64) { return SQLITE_READONLY; }
int truncate_nothing(sqlite3_file*, sqlite3_int64) { return SQLITE_READONLY; }
int sync_nothing(sqlite3_file*, int) { return SQLITE_OK; }
int lock_nothing(sqlite3_file*, int) { return SQLITE_OK; }

int tell_size(sqlite3_file* file, sqlite3_int64* size) {
  *size = of(file).size;
  return SQLITE_OK;
}

int tell_no_lock(sqlite3_file*, int* locked) {
  *locked = 0;
  return SQLITE_OK;
}

int know_no_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int tell_sector_size(sqlite3_file*) { return 4096; }
int tell_character(sqlite3_file*) { return SQLITE_IOCAP_IMMUTABLE; }

// Version 1: no shared memory, no mapping of the file.
constexpr sqlite3_io_methods methods = [] {
  sqlite3_io_methods given{};
  given.iVersion = 1;
  given.xClose = close_nothing;
  given.xRead = read_at;
  given.xWrite = write_nothing;
  given.xTruncate = truncate_nothing;
  given.xSync = sync_nothing;
  given.xFileSize = tell_size;
  given.xLock = lock_nothing;
  given.xUnlock = lock_nothing;
  given.xCheckReservedLock = tell_no_lock;
  given.xFileControl = know_no_control;
  given.xSectorSize = tell_sector_size;
  given.xDeviceCharacteristics = tell_character;
  return given;
}();

int open_descriptor(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  file->pMethods = nullptr;
  // Neither a journal nor a file for what does not fit into memory.
  if ((flags & SQLITE_OPEN_MAIN_DB) == 0 || name == nullptr) return SQLITE_CANTOPEN;
  const std::string_view digits(name);
  int descriptor = -1;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), descriptor);
  struct stat facts{};
  if (failure != std::errc() || end != digits.data() + digits.size() || fstat(descriptor, &facts) != 0 ||
      !S_ISREG(facts.st_mode)) {
    return SQLITE_CANTOPEN;
  }
  of(file).descriptor = descriptor;
  of(file).size = facts.st_size;
  of(file).reads = 0;
  file->pMethods = &methods;
  if (flags_out != nullptr) *flags_out = SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB;
  return SQLITE_OK;
}

int delete_nothing(sqlite3_vfs*, const char*, int) { return SQLITE_IOERR_DELETE; }

int tell_no_access(sqlite3_vfs*, const char*, int, int* allowed) {
  *allowed = 0;
  return SQLITE_OK;
}

int copy_name(sqlite3_vfs*, const char* name, int size, char* full) {
  sqlite3_snprintf(size, full, "%s", name);
  return SQLITE_OK;
}

bool register_file_system() noexcept {
  const sqlite3_vfs* usual = sqlite3_vfs_find(nullptr);
  if (usual == nullptr) return false;
  static sqlite3_vfs ours = *usual;  // randomness, sleep and time stay the usual ones
  ours.iVersion = 1;
  ours.szOsFile = sizeof(DescriptorFile);
  ours.mxPathname = 64;
  ours.pNext = nullptr;
  ours.zName = file_system_name;
  ours.xOpen = open_descriptor;
  ours.xDelete = delete_nothing;
  ours.xAccess = tell_no_access;
  ours.xFullPathname = copy_name;
  return sqlite3_vfs_register(&ours, 0) == SQLITE_OK;
}

}  // namespace

std::string descriptor_uri(int descriptor) {
  static const bool registered = register_file_system();
  if (!registered) return {};
  return "file:" + std::to_string(descriptor) + "?mode=ro&immutable=1&vfs=" + file_system_name;
}

std::uint64_t reads_of(sqlite3* database) noexcept {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || file == nullptr)
    return 0;
  return file->pMethods == &methods ? of(file).reads : 0;
}

}  // namespace locket::store
