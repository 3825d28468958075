#include "store/connection.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "store/sqlite_error.hpp"

namespace locket::store {
namespace {

// A picture and what stands beside it in its row: short enough that a lying file can't ask for much memory.
constexpr int value_bytes_max = static_cast<int>(text_bytes_limit + picture_bytes_limit);

constexpr const char* settings =
    "PRAGMA cell_size_check = ON;"
    "PRAGMA mmap_size = 0;"  // a mapped page would change under a reader, and a truncated file would be a signal
    "PRAGMA cache_size = -4096;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA secure_delete = ON;"  // what was removed is gone
    "PRAGMA synchronous = FULL;";

// One of the settings reads the whole schema, in some hundred steps. A hostile one never ends.
constexpr std::uint64_t schema_steps_max = 100'000;

constexpr int steps_between_checks = 1'000;

int remember_wal_pages(void* pages, sqlite3*, const char*, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

/// The file that has a name; nothing where there is none. Takes no memory.
std::optional<FileIdentity> find_file(const std::string& path) noexcept {
  struct stat facts{};
  if (lstat(path.c_str(), &facts) != 0) return std::nullopt;
  return FileIdentity{facts.st_dev, facts.st_ino};
}

}  // namespace

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Statement& Statement::bind(int place, std::int64_t value) {
  if (failure_ == SQLITE_OK) failure_ = sqlite3_bind_int64(statement_, place, value);
  return *this;
}

Statement& Statement::bind(int place, BytesView value) {
  // A null pointer would bind NULL in place of no bytes.
  const void* data = value.empty() ? static_cast<const void*>("") : value.data();
  if (failure_ == SQLITE_OK) failure_ = sqlite3_bind_blob64(statement_, place, data, value.size(), SQLITE_STATIC);
  return *this;
}

Statement& Statement::bind(int place, std::string_view value) {
  const char* data = value.empty() ? "" : value.data();
  if (failure_ == SQLITE_OK) {
    failure_ = sqlite3_bind_text64(statement_, place, data, value.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  return *this;
}

Statement& Statement::bind(int place, const Guid& value) { return bind(place, value.bytes); }

Statement& Statement::bind_after(int place, const std::optional<Guid>& value) {
  return value ? bind(place, *value) : bind(place, BytesView());
}

Result<bool> Statement::step() {
  if (failure_ == SQLITE_OK) {
    const int result = sqlite3_step(statement_);
    if (result == SQLITE_ROW) {
      ++rows_;
      return true;
    }
    if (result == SQLITE_DONE) return false;
    failure_ = told_from_damage(result, [this]() noexcept { return reach_same_row(); });
    connection_.refused_ |= failure_ == SQLITE_NOMEM;
  }
  return std::unexpected(sqlite_error(failure_, connection_.handle_, "running a statement"));
}

// Runs once more up to where it failed, which takes a statement that reads and nothing else: not the end of a
// transaction either, which has no columns.
int Statement::reach_same_row() noexcept {
  if (sqlite3_stmt_readonly(statement_) == 0 || sqlite3_column_count(statement_) == 0) return SQLITE_MISUSE;
  sqlite3_reset(statement_);
  int result = sqlite3_step(statement_);
  for (std::uint64_t row = 0; row < rows_ && result == SQLITE_ROW; ++row) result = sqlite3_step(statement_);
  return result;
}

Result<void> Statement::run() {
  while (true) {
    const auto row = step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
  }
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

BytesView Statement::blob(int column) const {
  const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string_view Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Statement::copy_bytes(int column, std::uint8_t* to, std::size_t count) const {
  const BytesView bytes = blob(column);
  if (bytes.size() != count) return false;
  std::memcpy(to, bytes.data(), count);
  return true;
}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, const ConnectionOptions& options) {
  const int flags = (options.mode == OpenMode::write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  sqlite3* handle = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  std::unique_ptr<Connection> connection(new (std::nothrow) Connection(handle));
  if (connection == nullptr) {
    sqlite3_close_v2(handle);
    return fail(Code::out_of_memory);
  }
  if (result != SQLITE_OK) return std::unexpected(sqlite_error(result, handle, "opening the store"));
  connection->log_path_ = path + "-wal";
  auto configured = connection->configure(options);
  if (!configured) {
    if (options.clears_log) connection->checkpoint_on_close();
    return std::unexpected(std::move(configured.error()));
  }
  return connection;
}

Result<void> Connection::configure(const ConnectionOptions& options) {
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
  // Checkpoints are ours alone: neither SQLite's own nor one at the end may run beside somebody else's commit.
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_wal_hook(handle_, remember_wal_pages, &wal_pages_);
  sqlite3_limit(handle_, SQLITE_LIMIT_LENGTH, value_bytes_max);
  sqlite3_limit(handle_, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(handle_, SQLITE_LIMIT_SQL_LENGTH, 16'384);
  sqlite3_limit(handle_, SQLITE_LIMIT_VARIABLE_NUMBER, 16);
  sqlite3_limit(handle_, SQLITE_LIMIT_WORKER_THREADS, 0);
  wait_for_locks(options.busy_wait_ms);
  const StepBudget budget(*this, schema_steps_max);
  const auto set = [this]() noexcept { return sqlite3_exec(handle_, settings, nullptr, nullptr, nullptr); };
  const int result = told_from_damage(set(), set);
  if (budget.is_spent()) return fail(Code::store_corrupt, "the list of its tables does not end");
  if (result != SQLITE_OK) {
    auto failure = sqlite_error(result, handle_, "setting up a connection");
    if ((result & 0xFF) == SQLITE_ERROR) failure.code = Code::store_corrupt;  // nothing else is wrong with the settings
    return std::unexpected(std::move(failure));
  }
  return prepare_rollback();
}

Connection::~Connection() {
  for (sqlite3_stmt* statement : statements_) sqlite3_finalize(statement);
  sqlite3_close_v2(handle_);
}

Statement Connection::statement(Sql sql) {
  sqlite3_stmt*& statement = statements_[static_cast<std::size_t>(sql)];
  int failure = SQLITE_OK;
  if (statement == nullptr) {
    const auto prepare = [&]() noexcept {
      return sqlite3_prepare_v3(handle_, sql_text(sql), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    };
    failure = told_from_damage(prepare(), prepare);
  }
  return {*this, statement, failure};
}

// Else the end of a transaction would need memory, and one that found none would stay open.
Result<void> Connection::prepare_rollback() {
  const int failure = statement(Sql::rollback).failure_;
  if (failure != SQLITE_OK) return std::unexpected(sqlite_error(failure, handle_, "setting up a connection"));
  return {};
}

Result<void> Connection::run(Sql sql) { return statement(sql).run(); }

Result<void> Connection::run_script(const char* script, std::string_view doing) {
  const int result = sqlite3_exec(handle_, script, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return std::unexpected(sqlite_error(result, handle_, doing));
  return {};
}

bool Connection::in_autocommit() const noexcept { return sqlite3_get_autocommit(handle_) != 0; }

void Connection::remember_log() noexcept {
  log_ = find_file(log_path_);
  is_log_remembered_ = true;
}

bool Connection::has_moved() noexcept {
  int moved = 0;
  if (sqlite3_file_control(handle_, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0) return true;
  return is_log_remembered_ && find_file(log_path_) != log_;
}

void Connection::wait_for_locks(std::uint32_t busy_wait_ms) noexcept {
  sqlite3_busy_timeout(handle_, static_cast<int>(std::min<std::uint32_t>(busy_wait_ms, 1U << 30)));
}

void Connection::checkpoint_on_close() noexcept {
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
}

StepBudget::StepBudget(Connection& connection, std::uint64_t steps) noexcept
    : connection_(connection), checks_left_(steps / steps_between_checks) {
  sqlite3_progress_handler(connection_.handle(), steps_between_checks, take, this);
}

StepBudget::~StepBudget() { sqlite3_progress_handler(connection_.handle(), 0, nullptr, nullptr); }

int StepBudget::take(void* budget) noexcept {
  auto& self = *static_cast<StepBudget*>(budget);
  if (self.checks_left_ > 0) {
    --self.checks_left_;
    return 0;
  }
  self.is_spent_ = true;
  return 1;
}

Transaction::~Transaction() {
  if (connection_ != nullptr && !connection_->in_autocommit()) (void)connection_->run(Sql::rollback);
}

Result<void> Transaction::commit() {
  auto result = connection_->run(Sql::commit);
  if (result) connection_ = nullptr;
  return result;
}

}  // namespace locket::store
