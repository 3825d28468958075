#include "store/write_lock.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <thread>

#include "base/guarded.hpp"
#include "store/system_error.hpp"

namespace locket::store {
namespace {

// Two locks in one file make a turnstile: whoever waits for the second holds the first, so that a writer who comes
// straight back stands behind the one who waited.
constexpr off_t turn_byte = 0;
constexpr off_t write_byte = 1;

// Shared by all that have the store open. SQLite has such a lock as well, but one of the process, which is gone as soon
// as anybody in it opens and closes the store's file in another way.
constexpr off_t open_byte = 2;

constexpr std::chrono::nanoseconds first_pause = std::chrono::microseconds(20);
constexpr std::chrono::nanoseconds longest_pause = std::chrono::microseconds(500);

Error file_error(const std::string& doing, int error) {
  Code code = Code::store_open_failed;
  if (error == EACCES || error == EPERM || error == EROFS) code = Code::store_read_only;
  if (error == ENOSPC || error == EDQUOT) code = Code::store_full;
  return {code, std::string(doing).append(": ").append(error_words(error))};
}

/// Locks or unlocks one byte. The lock belongs to this open file, not to the process, so that two stores in one
/// process exclude one another as well. Result: 0 or an errno.
int set_lock(int file, off_t byte, short type) {
  struct flock lock{};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = 1;
  return fcntl(file, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

Result<void> wait_for(int file, off_t byte, const Deadline& deadline) {
  auto pause = first_pause;
  while (true) {
    const int error = set_lock(file, byte, F_WRLCK);
    if (error == 0) return {};
    if (error != EAGAIN && error != EACCES && error != EINTR) {
      return std::unexpected(file_error("locking the lock file", error));
    }
    if (deadline.passed()) return fail(Code::store_busy, "another process is writing to the store");
    std::this_thread::sleep_for(std::min(pause, deadline.left()));
    pause = std::min(pause * 2, longest_pause);
  }
}

// Where a host has closed a standard stream, the lock would get its number, and what is printed.
int above_standard_streams(int file) noexcept {
  if (file < 0 || file > STDERR_FILENO) return file;
  const int higher = fcntl(file, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  const int error = errno;
  close(file);
  errno = error;
  return higher;
}

}  // namespace

Result<std::unique_ptr<WriteLock>> WriteLock::open(std::string path) {
  std::unique_ptr<WriteLock> lock(new WriteLock(std::move(path)));
  if (auto opened = lock->reopen(); !opened) return std::unexpected(std::move(opened.error()));
  return lock;
}

WriteLock::~WriteLock() {
  if (file_ >= 0) close(file_);
}

Result<void> WriteLock::reopen() {
  if (file_ >= 0) close(file_);
  is_counted_ = false;
  file_ = above_standard_streams(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (file_ < 0) return std::unexpected(file_error("opening the lock file", errno));
  struct stat facts{};
  if (fstat(file_, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    return fail(Code::store_open_failed, "the lock file is not a plain file");
  }
  return {};
}

bool WriteLock::is_still_the_file() const noexcept {
  struct stat opened{};
  struct stat named{};
  return fstat(file_, &opened) == 0 && lstat(path_.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
         opened.st_dev == named.st_dev;
}

Result<void> WriteLock::acquire(const Deadline& deadline) {
  std::unique_lock guard(mutex_, deadline.at());
  if (!guard) return fail(Code::store_busy, "another thread is writing to the store");
  auto acquired = acquire_file(deadline);
  if (acquired) guard.release();  // until `release`
  return acquired;
}

Result<void> WriteLock::acquire_file(const Deadline& deadline) {
  while (true) {
    if (file_ < 0) {
      if (auto opened = reopen(); !opened) return opened;
    }
    if (auto turn = wait_for(file_, turn_byte, deadline); !turn) return turn;
    auto acquired = guarded([&] { return wait_for(file_, write_byte, deadline); });
    set_lock(file_, turn_byte, F_UNLCK);
    if (!acquired) return acquired;
    if (is_still_the_file()) return count_in();
    // Others lock the file that stands there now; this one keeps nobody out any more.
    if (auto opened = reopen(); !opened) return opened;
  }
}

Result<void> WriteLock::count_in() {
  if (is_counted_) return {};
  const int error = set_lock(file_, open_byte, F_RDLCK);
  is_counted_ = error == 0;
  if (is_counted_) return {};
  set_lock(file_, write_byte, F_UNLCK);
  return std::unexpected(file_error("locking the lock file", error));
}

bool WriteLock::is_alone() noexcept {
  const bool alone = set_lock(file_, open_byte, F_WRLCK) == 0;
  if (alone) is_counted_ = set_lock(file_, open_byte, F_RDLCK) == 0;
  return alone;
}

bool WriteLock::count_out() noexcept {
  const bool alone = set_lock(file_, open_byte, F_WRLCK) == 0;
  set_lock(file_, open_byte, F_UNLCK);
  is_counted_ = false;
  return alone;
}

void WriteLock::release() noexcept {
  set_lock(file_, write_byte, F_UNLCK);
  mutex_.unlock();
}

}  // namespace locket::store
