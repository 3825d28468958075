#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "locket/bytes.hpp"
#include "locket/error.hpp"
#include "locket/guid.hpp"
#include "store/sql.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace locket::store {

class Connection;

/// One run of a prepared statement. Everything that is bound must stay valid until this object ends, which also frees
/// the statement for its next run. Of one connection's thread only.
class Statement {
 public:
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  /// Binds a value at a place, counted from 1. A failure shows in `step`.
  Statement& bind(int place, std::int64_t value);
  /// Binds bytes.
  Statement& bind(int place, BytesView value);
  /// Binds text, any bytes.
  Statement& bind(int place, std::string_view value);
  /// Binds the 16 bytes of a GUID.
  Statement& bind(int place, const Guid& value);
  /// Binds the id after which a listing goes on, or, with nothing, what stands before every id.
  Statement& bind_after(int place, const std::optional<Guid>& value);
  /// Binds bytes of a fixed count, such as a digest.
  template <std::size_t count>
  Statement& bind(int place, const std::array<std::uint8_t, count>& value) {
    return bind(place, BytesView(reinterpret_cast<const std::byte*>(value.data()), count));
  }

  /// Runs on to the next row. Result: whether there is one; or the error.
  [[nodiscard]] Result<bool> step();

  /// Runs to the end, for statements without rows. Result: nothing; or the error.
  [[nodiscard]] Result<void> run();

  /// The column of the present row, counted from 0, as an integer; 0 for anything that is none.
  [[nodiscard]] std::int64_t integer(int column) const;
  /// Whether the column is NULL.
  [[nodiscard]] bool is_null(int column) const;
  /// The bytes of a column; valid until the next step.
  [[nodiscard]] BytesView blob(int column) const;
  /// The text of a column; valid until the next step.
  [[nodiscard]] std::string_view text(int column) const;
  /// Copies a column of a fixed count of bytes. Result: whether it has that count.
  template <std::size_t count>
  [[nodiscard]] bool copy(int column, std::array<std::uint8_t, count>& value) const {
    return copy_bytes(column, value.data(), count);
  }
  /// Copies a GUID. Result: whether the column holds 16 bytes.
  [[nodiscard]] bool copy(int column, Guid& value) const { return copy(column, value.bytes); }

 private:
  friend class Connection;
  Statement(Connection& connection, sqlite3_stmt* statement, int failure) noexcept
      : connection_(connection), statement_(statement), failure_(failure) {}
  [[nodiscard]] bool copy_bytes(int column, std::uint8_t* to, std::size_t count) const;
  [[nodiscard]] int reach_same_row() noexcept;

  Connection& connection_;
  sqlite3_stmt* statement_;
  int failure_;
  std::uint64_t rows_ = 0;
};

/// The largest picture that a store can hold, in bytes, whatever its limits say.
inline constexpr std::uint64_t picture_bytes_limit = 64 << 20;

/// The longest text, in bytes.
inline constexpr std::uint32_t text_bytes_limit = 1 << 20;

/// What a connection may do.
enum class OpenMode : std::uint8_t { read, write };

/// How connections are opened.
struct ConnectionOptions {
  OpenMode mode = OpenMode::read;
  std::uint32_t busy_wait_ms = 0;  ///< how long SQLite itself may wait for a lock
  bool clears_log = false;         ///< after a failure no empty log is left; only where nobody else has the store open
};

/// Which file of which file system.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t number = 0;

  bool operator==(const FileIdentity&) const = default;
};

/// One connection to the database with its prepared statements, hardened against a hostile file: no extensions,
/// triggers or views, no attached files, a defensive schema, no memory map. Used by one thread at a time.
class Connection {
 public:
  /// Opens an existing database file. Result: the connection; or why not. The file's content is not looked at yet.
  [[nodiscard]] static Result<std::unique_ptr<Connection>> open(const std::string& path,
                                                                const ConnectionOptions& options);

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  /// Closes without a checkpoint, unless `checkpoint_on_close` was asked for.
  ~Connection();

  /// Starts a run of a statement, which is prepared at its first use and then kept. No other run of the same
  /// statement may be under way.
  [[nodiscard]] Statement statement(Sql sql);

  /// Runs a statement without values or rows that matter.
  [[nodiscard]] Result<void> run(Sql sql);

  /// Runs a constant script, for schemas and settings. `doing` names it in an error.
  [[nodiscard]] Result<void> run_script(const char* script, std::string_view doing);

  /// Whether no transaction is open.
  [[nodiscard]] bool in_autocommit() const noexcept;

  /// Whether SQLite told of a lack of memory in a statement since this was last asked: a true one, or in one that
  /// writes a record that claims nearly 4 GiB (`told_from_damage`).
  [[nodiscard]] bool take_refusal() noexcept { return std::exchange(refused_, false); }

  /// The count of pages in the WAL after the last commit of this connection.
  [[nodiscard]] int wal_pages() const noexcept { return wal_pages_; }

  /// Notes which file is the log. After the first reading, which opens it; SQLite never looks at its name again.
  void remember_log() noexcept;

  /// Whether another file, or none, stands where this one was opened, or where its log was remembered. False where it
  /// can't be told.
  [[nodiscard]] bool has_moved() noexcept;

  /// How long SQLite may wait for a lock from now on.
  void wait_for_locks(std::uint32_t busy_wait_ms) noexcept;

  /// Lets SQLite copy and delete the WAL when this is the last connection. Only under the write lock.
  void checkpoint_on_close() noexcept;

  /// The connection as SQLite knows it. Lives as long as this object.
  [[nodiscard]] sqlite3* handle() const noexcept { return handle_; }

 private:
  friend class Statement;
  explicit Connection(sqlite3* handle) noexcept : handle_(handle) {}
  [[nodiscard]] Result<void> configure(const ConnectionOptions& options);
  [[nodiscard]] Result<void> prepare_rollback();

  sqlite3* handle_;
  std::string log_path_;
  std::optional<FileIdentity> log_;
  bool is_log_remembered_ = false;
  int wal_pages_ = 0;
  bool refused_ = false;
  std::array<sqlite3_stmt*, sql_count> statements_{};
};

/// While it lives, what a connection's statements may do is bounded: in a file whose pages lead to one another, a
/// listing or a count would not end. One at a time for a connection, which must outlive it.
class StepBudget {
 public:
  /// Input: how many steps of SQLite's machine all statements may take together, to about a thousand. What goes on
  /// beyond them fails.
  StepBudget(Connection& connection, std::uint64_t steps) noexcept;
  StepBudget(const StepBudget&) = delete;
  StepBudget& operator=(const StepBudget&) = delete;
  ~StepBudget();

  /// Whether a statement was ended because no steps were left.
  [[nodiscard]] bool is_spent() const noexcept { return is_spent_; }

 private:
  static int take(void* budget) noexcept;

  Connection& connection_;
  std::uint64_t checks_left_;
  bool is_spent_ = false;
};

/// A transaction that is rolled back unless `commit` succeeds.
class Transaction {
 public:
  /// Takes over a transaction that was just begun on the connection.
  explicit Transaction(Connection& connection) noexcept : connection_(&connection) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  /// Commits. After an error the transaction is rolled back at the end of this object.
  [[nodiscard]] Result<void> commit();

 private:
  Connection* connection_;
};

}  // namespace locket::store
