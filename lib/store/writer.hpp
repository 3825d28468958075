#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "locket/error.hpp"
#include "locket/limits.hpp"
#include "store/connection.hpp"
#include "store/deadline.hpp"
#include "store/write_lock.hpp"

namespace locket::store {

/// What is told where another file, or none, stands at the path of a store that is open.
[[nodiscard]] Error file_has_moved();

/// The one connection of this process that writes. Threads that come while a commit is under way are put into the
/// next transaction together and share its sync (group commit); each is answered once its own work is durable.
class Writer {
 public:
  /// The changes of one caller, made on the connection inside a transaction. It may be run again when the first run
  /// was rolled back, and must not throw.
  using Work = std::function<Result<void>(Connection&)>;

  /// Inputs: the resolved path of the store; the lock, which must outlive this object; an open connection; the limits.
  Writer(std::string path, WriteLock& lock, std::unique_ptr<Connection> connection, const Limits& limits) noexcept;
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  /// Copies the log into the file when nobody else is writing, and closes.
  ~Writer();

  /// Does the work in a transaction. Result: nothing, once it is durable; or the work's own error, or a `store_` code,
  /// and then nothing of it is stored. An error of one caller's work leaves the others' in the same transaction alone.
  /// Any thread; waits for other writers at most `Limits::busy_wait_ms_max`.
  [[nodiscard]] Result<void> commit(const Work& work);

 private:
  struct Job {
    const Work& work;
    Deadline deadline;
    Result<void> outcome;
    bool done = false;
    Job* next = nullptr;
  };

  // Whoever leads answers for others too, so none of this may throw.
  void lead(Job& own) noexcept;
  [[nodiscard]] Job* take_batch();
  void finish(Job* batch);
  void forget(Job& job, Error error);
  void run_batch(Job* batch);
  [[nodiscard]] Result<void> run_together(Job* batch, bool& undone_by_an_item);
  [[nodiscard]] Result<void> run_item(Job& job, bool alone);
  void run_alone(Job& job);
  [[nodiscard]] Result<void> try_alone(Job& job);
  [[nodiscard]] Result<void> begin();
  [[nodiscard]] Result<void> ensure_connection();
  [[nodiscard]] bool close_suspect() noexcept;
  void replace_after(const Error& error) noexcept;
  [[nodiscard]] std::uint64_t wal_bytes() const noexcept;
  void checkpoint_if_due();
  [[nodiscard]] Result<std::uint64_t> truncate_log();

  std::string path_;
  WriteLock& lock_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Connection> suspect_;  // one that the disk failed, kept only until its log is cut
  bool moved_ = false;
  std::uint32_t busy_wait_ms_;
  std::uint64_t wal_bytes_max_;
  std::uint64_t wal_held_bytes_max_;

  std::mutex mutex_;
  std::condition_variable changed_;
  Job* first_ = nullptr;
  Job* last_ = nullptr;
  bool leading_ = false;
};

}  // namespace locket::store
