// The calls that the store makes of the system by itself, without SQLite. The linker leads them here (`--wrap`), so
// that faults and power cuts meet them as well.

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <string>

#include "fault/disk_observer.hpp"

namespace {

using locket::fault::Call;
using locket::fault::Fault;
using locket::fault::observer;

/// Whether a call is spoilt; `errno` then says how.
bool is_spoilt(Call call) {
  const Fault fault = observer().before(call);
  if (fault == Fault::none) return false;
  errno = fault == Fault::io_error ? EIO : ENOSPC;
  return true;
}

std::string path_of(int file) {
  std::array<char, 4'096> path{};
  const auto length = readlink(("/proc/self/fd/" + std::to_string(file)).c_str(), path.data(), path.size());
  return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : std::string();
}

}  // namespace

extern "C" {

int __real_open64(const char* path, int flags, ...);
int __real_fcntl64(int file, int command, ...);
int __real_mkostemp64(char* path, int flags);
int __real_renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags);
int __real_unlink(const char* path);

int __wrap_open64(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0) {
    va_list rest;
    va_start(rest, flags);
    mode = va_arg(rest, mode_t);
    va_end(rest);
  }
  const bool creates = (flags & O_CREAT) != 0 && access(path, F_OK) != 0;
  return is_spoilt(creates ? Call::create : Call::open) ? -1 : __real_open64(path, flags, mode);
}

int __wrap_fcntl64(int file, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void* const argument = va_arg(rest, void*);
  va_end(rest);
  const bool takes_lock = command == F_OFD_SETLK && static_cast<struct flock*>(argument)->l_type != F_UNLCK;
  if (takes_lock && is_spoilt(Call::lock)) return -1;
  return __real_fcntl64(file, command, argument);
}

int __wrap_mkostemp64(char* path, int flags) { return is_spoilt(Call::create) ? -1 : __real_mkostemp64(path, flags); }

int __wrap_fsync(int file) {
  struct stat facts{};
  const bool is_folder = fstat(file, &facts) == 0 && S_ISDIR(facts.st_mode);
  if (is_spoilt(is_folder ? Call::sync_folder : Call::sync)) {
    if (!is_folder) observer().sync_failed(path_of(file));
    return -1;
  }
  if (is_folder) {
    observer().synced_folder();
  } else {
    observer().synced(path_of(file), false);
  }
  return 0;
}

int __wrap_renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
  if (is_spoilt(Call::rename)) return -1;
  const int result = __real_renameat2(from_folder, from, to_folder, to, flags);
  if (result == 0) observer().renamed(from, to);
  return result;
}

int __wrap_unlink(const char* path) {
  const int result = __real_unlink(path);
  if (result == 0) observer().removed(path, false);
  return result;
}

}  // extern "C"
