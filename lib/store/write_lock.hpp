#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "locket/error.hpp"
#include "store/deadline.hpp"

namespace locket::store {

/// Makes write transactions and checkpoints exclude one another, across threads and processes: a mutex and the lock
/// file beside the store. SQLite 3.7.0 to 3.51.2 can lose a committed transaction when a commit runs beside two
/// checkpoints (the WAL-reset bug, sqlite.org/wal.html); held around both, this lock makes that impossible, and it
/// serves in turn, where SQLite's own waits do not. The kernel frees it when a process dies.
class WriteLock {
 public:
  /// Opens or makes the lock file. Input: its path. Result: the lock, not held; or why not.
  [[nodiscard]] static Result<std::unique_ptr<WriteLock>> open(std::string path);

  WriteLock(const WriteLock&) = delete;
  WriteLock& operator=(const WriteLock&) = delete;
  ~WriteLock();

  /// Waits for the lock, at most until the deadline. Result: nothing; `store_busy`; or why the file can't be locked.
  /// A lock file that was deleted or replaced meanwhile is opened anew.
  [[nodiscard]] Result<void> acquire(const Deadline& deadline);

  /// Whether nobody else has the store open. Only while it is held; this one goes on counting.
  [[nodiscard]] bool is_alone() noexcept;

  /// Whether nobody else has the store open: whoever acquired the lock, in the file that stands there now, counts until
  /// this call or its own end. Only while it is held; the next `acquire` counts anew.
  [[nodiscard]] bool count_out() noexcept;

  /// Gives it back. Only by the thread that acquired it.
  void release() noexcept;

 private:
  explicit WriteLock(std::string path) noexcept : path_(std::move(path)) {}
  [[nodiscard]] Result<void> reopen();
  [[nodiscard]] Result<void> acquire_file(const Deadline& deadline);
  [[nodiscard]] Result<void> count_in();
  [[nodiscard]] bool is_still_the_file() const noexcept;

  std::string path_;
  std::timed_mutex mutex_;
  int file_ = -1;
  bool is_counted_ = false;
};

/// Holds the lock for a scope.
class WriteHold {
 public:
  /// Takes over a lock that was acquired.
  explicit WriteHold(WriteLock& lock) noexcept : lock_(lock) {}
  WriteHold(const WriteHold&) = delete;
  WriteHold& operator=(const WriteHold&) = delete;
  ~WriteHold() { lock_.release(); }

 private:
  WriteLock& lock_;
};

}  // namespace locket::store
