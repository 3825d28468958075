#include "fault/fault_vfs.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <string_view>

#include "fault/disk_observer.hpp"

namespace locket::fault {
namespace {

constexpr int sector_bytes = 4'096;

Device device = Device::keeps_neighbours;

/// One open file. SQLite gives the memory, with room for the real one behind it.
struct FaultFile {
  sqlite3_file base;
  sqlite3_file* real;
  const char* path;        // lives as long as the file is open
  bool has_unsynced_name;  // SQLite syncs the folder together with the first sync of a log or journal
};

sqlite3_vfs* real_vfs() {
  static sqlite3_vfs* const vfs = sqlite3_vfs_find("unix");
  return vfs;
}

FaultFile& ours(sqlite3_file* file) { return *reinterpret_cast<FaultFile*>(file); }
sqlite3_file* real(sqlite3_file* file) { return ours(file).real; }
std::string_view path_of(sqlite3_file* file) { return ours(file).path == nullptr ? "" : ours(file).path; }

/// What SQLite is told of a call that was spoilt: `error` for a broken disk, `full` for one without room.
int spoilt(Fault fault, int error, int full) {
  errno = fault == Fault::io_error ? EIO : ENOSPC;
  return fault == Fault::io_error ? error : full;
}

int close_file(sqlite3_file* file) {
  observer().closed(path_of(file));
  const int result = real(file)->pMethods->xClose(real(file));
  ours(file).~FaultFile();
  return result;
}

int read_file(sqlite3_file* file, void* to, int count, sqlite3_int64 offset) {
  const Fault fault = observer().before(Call::read);
  if (fault != Fault::none) return spoilt(fault, SQLITE_IOERR_READ, SQLITE_IOERR_READ);
  return real(file)->pMethods->xRead(real(file), to, count, offset);
}

int write_file(sqlite3_file* file, const void* from, int count, sqlite3_int64 offset) {
  const Fault fault = observer().before(Call::write);
  if (fault == Fault::io_error || fault == Fault::no_room) return spoilt(fault, SQLITE_IOERR_WRITE, SQLITE_FULL);
  const int done = fault == Fault::part ? count / 2 : count;
  const int result = real(file)->pMethods->xWrite(real(file), from, done, offset);
  if (result != SQLITE_OK) return result;
  observer().wrote(path_of(file), static_cast<std::uint64_t>(offset),
                   {static_cast<const std::byte*>(from), static_cast<std::size_t>(done)});
  return fault == Fault::part ? spoilt(fault, SQLITE_FULL, SQLITE_FULL) : SQLITE_OK;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  const Fault fault = observer().before(Call::truncate);
  if (fault != Fault::none) return spoilt(fault, SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_TRUNCATE);
  const int result = real(file)->pMethods->xTruncate(real(file), size);
  if (result == SQLITE_OK) observer().truncated(path_of(file), static_cast<std::uint64_t>(size));
  return result;
}

int sync_file(sqlite3_file* file, int) {
  const Fault fault = observer().before(Call::sync);
  if (fault != Fault::none) {
    observer().sync_failed(path_of(file));
    return spoilt(fault, SQLITE_IOERR_FSYNC, SQLITE_IOERR_FSYNC);
  }
  observer().synced(path_of(file), ours(file).has_unsynced_name);
  ours(file).has_unsynced_name = false;
  return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  const Fault fault = observer().before(Call::size);
  if (fault != Fault::none) return spoilt(fault, SQLITE_IOERR_FSTAT, SQLITE_IOERR_FSTAT);
  return real(file)->pMethods->xFileSize(real(file), size);
}

int lock_file(sqlite3_file* file, int level) {
  const Fault fault = observer().before(Call::lock);
  if (fault != Fault::none) return spoilt(fault, SQLITE_IOERR_LOCK, SQLITE_IOERR_LOCK);
  return real(file)->pMethods->xLock(real(file), level);
}

int unlock_file(sqlite3_file* file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }

int check_lock(sqlite3_file* file, int* reserved) {
  return real(file)->pMethods->xCheckReservedLock(real(file), reserved);
}

int control_file(sqlite3_file* file, int operation, void* argument) {
  return real(file)->pMethods->xFileControl(real(file), operation, argument);
}

int file_sector(sqlite3_file*) { return sector_bytes; }

int file_device(sqlite3_file* file) {
  const int known = real(file)->pMethods->xDeviceCharacteristics(real(file));
  return device == Device::spoils_sectors ? known & ~SQLITE_IOCAP_POWERSAFE_OVERWRITE
                                          : known | SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int map_index(sqlite3_file* file, int region, int bytes, int extend, void volatile** memory) {
  const Fault fault = observer().before(Call::map_index);
  if (fault != Fault::none) return spoilt(fault, SQLITE_IOERR_SHMMAP, SQLITE_IOERR_SHMSIZE);
  return real(file)->pMethods->xShmMap(real(file), region, bytes, extend, memory);
}

int lock_index(sqlite3_file* file, int first, int count, int flags) {
  const bool taken = (flags & SQLITE_SHM_LOCK) != 0;
  if (taken && observer().before(Call::lock_index) != Fault::none) {
    return spoilt(Fault::io_error, SQLITE_IOERR_SHMLOCK, SQLITE_IOERR_SHMLOCK);
  }
  // Whoever gives back says so before somebody else can take.
  if (!taken && (flags & SQLITE_SHM_EXCLUSIVE) != 0) observer().index_locked(first, count, false);
  const int result = real(file)->pMethods->xShmLock(real(file), first, count, flags);
  if (result == SQLITE_OK && taken && (flags & SQLITE_SHM_EXCLUSIVE) != 0) {
    observer().index_locked(first, count, true);
  }
  return result;
}

void order_index(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }

int unmap_index(sqlite3_file* file, int remove) { return real(file)->pMethods->xShmUnmap(real(file), remove); }

constexpr sqlite3_io_methods methods = {2,           close_file, read_file,   write_file,  truncate_file, sync_file,
                                        file_size,   lock_file,  unlock_file, check_lock,  control_file,  file_sector,
                                        file_device, map_index,  lock_index,  order_index, unmap_index,   nullptr,
                                        nullptr};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  file->pMethods = nullptr;
  const bool creates = (flags & SQLITE_OPEN_CREATE) != 0 && access(name, F_OK) != 0;
  const Fault fault = observer().before(creates ? Call::create : Call::open);
  if (fault != Fault::none) return spoilt(fault, SQLITE_CANTOPEN, SQLITE_CANTOPEN);
  auto* const place = new (file) FaultFile{};
  place->real = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + sizeof(FaultFile));
  place->path = name;
  const int log_or_journal = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL;
  place->has_unsynced_name = (flags & log_or_journal) != 0;
  const int result = real_vfs()->xOpen(real_vfs(), name, place->real, flags, flags_out);
  if (result == SQLITE_OK) file->pMethods = &methods;
  return result;
}

int remove_file(sqlite3_vfs*, const char* name, int durably) {
  const Fault fault = observer().before(Call::remove);
  if (fault != Fault::none) return spoilt(fault, SQLITE_IOERR_DELETE, SQLITE_IOERR_DELETE);
  const int result = real_vfs()->xDelete(real_vfs(), name, 0);
  if (result == SQLITE_OK) observer().removed(name, durably != 0);
  return result;
}

int look_at_file(sqlite3_vfs*, const char* name, int flags, int* found) {
  const Fault fault = observer().before(Call::look);
  if (fault != Fault::none) return spoilt(fault, SQLITE_IOERR_ACCESS, SQLITE_IOERR_ACCESS);
  return real_vfs()->xAccess(real_vfs(), name, flags, found);
}

int last_error(sqlite3_vfs*, int, char*) { return errno; }

}  // namespace

void use_fault_vfs(Device chosen) {
  device = chosen;
  static sqlite3_vfs vfs = [] {
    sqlite3_vfs made = *real_vfs();  // time, randomness and names as ever
    made.zName = "fault";
    made.szOsFile = static_cast<int>(sizeof(FaultFile)) + real_vfs()->szOsFile;
    made.pNext = nullptr;
    made.xOpen = open_file;
    made.xDelete = remove_file;
    made.xAccess = look_at_file;
    made.xGetLastError = last_error;
    return made;
  }();
  static const int registered = sqlite3_vfs_register(&vfs, 1);
  (void)registered;
}

Device present_device() noexcept { return device; }

}  // namespace locket::fault
