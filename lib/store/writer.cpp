#include "store/writer.hpp"

#include <string>
#include <utility>

#include "base/guarded.hpp"
#include "store/log_tail.hpp"
#include "store/schema.hpp"
#include "store/sqlite_error.hpp"
#include "store/state_row.hpp"

namespace locket::store {
namespace {

constexpr int batch_items_max = 64;
constexpr std::uint64_t page_bytes = 16'384;

/// Whether the connection can't be trusted after this error: what the disk did with what it was given is unknown. A
/// sync can fail for want of room as well.
bool is_of_the_disk(const Error& error) {
  return error.code == Code::store_io_failed || error.code == Code::store_full;
}

}  // namespace

Error file_has_moved() {
  return {Code::store_io_failed, "the store's file, or its log, was replaced or taken away while it was open"};
}

Writer::Writer(std::string path, WriteLock& lock, std::unique_ptr<Connection> connection, const Limits& limits) noexcept
    : path_(std::move(path)),
      lock_(lock),
      connection_(std::move(connection)),
      busy_wait_ms_(limits.busy_wait_ms_max),
      wal_bytes_max_(limits.wal_bytes_max),
      wal_held_bytes_max_(limits.wal_held_bytes_max) {}

Writer::~Writer() {
  if (!guarded([this] { return lock_.acquire(Deadline(busy_wait_ms_)); })) return;
  const WriteHold hold(lock_);
  (void)close_suspect();
  // SQLite asks by a lock that may be lost (see `WriteLock`), and would take the log away from those who still write;
  // and by its name, so that it might be another's.
  const bool alone = lock_.count_out();
  if (alone && !moved_ && connection_ != nullptr && !connection_->has_moved()) connection_->checkpoint_on_close();
  connection_.reset();
}

Result<void> Writer::commit(const Work& work) {
  Job job{work, Deadline(busy_wait_ms_), {}};
  std::unique_lock guard(mutex_);
// This does not return before nobody holds the job, which GCC does not see.
#pragma GCC diagnostic push
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wdangling-pointer"
#endif
  (last_ == nullptr ? first_ : last_->next) = &job;
  last_ = &job;
#pragma GCC diagnostic pop
  while (!job.done) {
    if (leading_) {
      changed_.wait(guard);
      continue;
    }
    leading_ = true;
    guard.unlock();
    lead(job);
    guard.lock();
    leading_ = false;
    changed_.notify_all();
  }
  return std::move(job.outcome);
}

void Writer::lead(Job& own) noexcept {
  auto acquired = guarded([&] { return lock_.acquire(own.deadline); });
  if (!acquired) return forget(own, std::move(acquired.error()));
  const WriteHold hold(lock_);
  Job* const batch = take_batch();
  run_batch(batch);
  finish(batch);
  checkpoint_if_due();
}

Writer::Job* Writer::take_batch() {
  const std::lock_guard guard(mutex_);
  Job* const batch = first_;
  Job* end = batch;
  for (int count = 1; count < batch_items_max && end->next != nullptr; ++count) end = end->next;
  first_ = std::exchange(end->next, nullptr);
  if (first_ == nullptr) last_ = nullptr;
  return batch;
}

void Writer::finish(Job* batch) {
  const std::lock_guard guard(mutex_);
  while (batch != nullptr) {
    Job* const next = batch->next;  // a job that is done may be gone at once
    batch->done = true;
    batch = next;
  }
  changed_.notify_all();
}

void Writer::forget(Job& job, Error error) {
  const std::lock_guard guard(mutex_);
  Job* before = nullptr;
  for (Job* at = first_; at != &job; at = at->next) before = at;
  (before == nullptr ? first_ : before->next) = job.next;
  if (last_ == &job) last_ = before;
  job.outcome = std::unexpected(std::move(error));
  job.done = true;
}

void Writer::run_batch(Job* batch) {
  const bool alone = batch->next == nullptr;
  if (alone) return run_alone(*batch);
  bool undone_by_an_item = false;
  const auto together = run_together(batch, undone_by_an_item);
  if (together) return;
  for (Job* job = batch; job != nullptr; job = job->next) {
    if (undone_by_an_item) {
      run_alone(*job);
    } else {
      job->outcome = guarded([&] { return together; });  // which needs memory for its words
    }
  }
}

Result<void> Writer::run_together(Job* batch, bool& undone_by_an_item) {
  auto result = guarded([&]() -> Result<void> {
    auto done = begin();
    if (!done) return done;
    Transaction transaction(*connection_);
    for (Job* job = batch; job != nullptr && done; job = job->next) done = run_item(*job, false);
    // An item that fails for want of room or of the disk takes the whole transaction with it.
    undone_by_an_item = !done;
    if (done) done = transaction.commit();
    if (!done && done.error().code == Code::store_full) undone_by_an_item = true;
    return done;
  });
  if (!result) replace_after(result.error());
  return result;
}

Result<void> Writer::run_item(Job& job, bool alone) {
  if (!alone) {
    if (auto marked = connection_->run(Sql::savepoint); !marked) return marked;
  }
  job.outcome = guarded([&] { return job.work(*connection_); });
  if (job.outcome) return alone ? Result<void>() : connection_->run(Sql::release_savepoint);
  if (alone || connection_->in_autocommit()) return job.outcome;
  if (auto undone = connection_->run(Sql::rollback_to_savepoint); !undone) return undone;
  return connection_->run(Sql::release_savepoint);
}

void Writer::run_alone(Job& job) {
  if (connection_ != nullptr) (void)connection_->take_refusal();
  job.outcome = try_alone(job);
  if (job.outcome || connection_ == nullptr || !connection_->take_refusal()) return;
  // A statement that writes is told from damage only here: it can be run again once all was undone.
  job.outcome = try_alone(job);
  if (!job.outcome && connection_ != nullptr && connection_->take_refusal() && !is_memory_short()) {
    job.outcome = guarded(
        []() -> Result<void> { return fail(Code::store_corrupt, "a record claims more bytes than there can be"); });
  }
}

Result<void> Writer::try_alone(Job& job) {
  auto result = guarded([&]() -> Result<void> {
    auto done = begin();
    if (!done) return done;
    Transaction transaction(*connection_);
    done = run_item(job, true);
    return done ? transaction.commit() : done;
  });
  if (!result) replace_after(result.error());
  return result;
}

Result<void> Writer::begin() {
  // Whatever went into a file that is not the store any more would be acknowledged and lost; and through its log, which
  // is found by its name, it would get into whatever stands there now. The same where the log was taken away: SQLite
  // goes on writing into it, nameless as it is.
  moved_ = moved_ || (connection_ != nullptr && connection_->has_moved());
  if (moved_) return std::unexpected(file_has_moved());
  if (auto ready = ensure_connection(); !ready) return ready;
  if (wal_bytes() > wal_held_bytes_max_) {
    const auto left = truncate_log();
    if (!left) return std::unexpected(left.error());
    if (*left > wal_held_bytes_max_) {
      return fail(Code::store_busy, "a reader that does not end keeps " + std::to_string(*left) + " bytes of the log");
    }
  }
  return connection_->run(Sql::begin_write);
}

Result<void> Writer::ensure_connection() {
  if (connection_ != nullptr) return {};
  if (!close_suspect()) return fail(Code::store_io_failed, "the log can't be cut behind the last commit");
  auto connection = Connection::open(path_, {OpenMode::write, busy_wait_ms_});
  if (!connection) return std::unexpected(std::move(connection.error()));
  if (auto schema = verify_schema(**connection); !schema) return schema;
  if (auto state = load_state(**connection); !state) return std::unexpected(std::move(state.error()));
  (*connection)->remember_log();
  connection_ = std::move(*connection);
  return {};
}

void Writer::replace_after(const Error& error) noexcept {
  if (moved_) return;
  if (connection_ == nullptr) return void(close_suspect());
  // After a failed sync the kernel holds the lost pages for clean: a second sync of the same file would succeed and
  // prove nothing. So the connection is closed, and the next work starts from what is on the disk.
  // The same where not even the end of the transaction could be had.
  if (is_of_the_disk(error) || !connection_->in_autocommit()) suspect_ = std::move(connection_);
  (void)close_suspect();  // else it is tried again before the next work
}

bool Writer::close_suspect() noexcept {
  if (suspect_ == nullptr) return true;
  if (!cut_log_tail(*suspect_)) return false;
  suspect_.reset();
  return true;
}

std::uint64_t Writer::wal_bytes() const noexcept {
  return static_cast<std::uint64_t>(connection_->wal_pages()) * page_bytes;
}

void Writer::checkpoint_if_due() {
  if (connection_ == nullptr || wal_bytes() < wal_bytes_max_ / 4) return;
  Result<void> done;
  if (wal_bytes() < wal_bytes_max_) {
    done = connection_->run(Sql::checkpoint_passive);
  } else if (auto left = truncate_log(); !left) {  // where readers keep it: again after the next commit
    done = std::unexpected(std::move(left.error()));
  }
  if (!done) replace_after(done.error());
}

// Nobody waits for readers here, who may be at it for long, while others wait for the write lock.
Result<std::uint64_t> Writer::truncate_log() {
  connection_->wait_for_locks(0);
  auto statement = connection_->statement(Sql::checkpoint_truncate);
  const auto row = statement.step();
  connection_->wait_for_locks(busy_wait_ms_);
  if (!row) return std::unexpected(row.error());
  const std::int64_t pages = *row ? statement.integer(1) : 0;
  return pages > 0 ? static_cast<std::uint64_t>(pages) * page_bytes : 0;
}

}  // namespace locket::store
