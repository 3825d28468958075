#include "statement_trace.hpp"

#include <sqlite3.h>

#include <mutex>

namespace locket {
namespace {

std::mutex guard;
std::vector<std::string>* kept = nullptr;

int on_statement(unsigned, void*, void* statement, void*) {
  const std::lock_guard lock(guard);
  if (kept == nullptr) return 0;
  const char* const text = sqlite3_sql(static_cast<sqlite3_stmt*>(statement));
  kept->emplace_back(text == nullptr ? "" : text);
  return 0;
}

int on_open(sqlite3* connection, char**, const struct sqlite3_api_routines*) {
  return sqlite3_trace_v2(connection, SQLITE_TRACE_STMT, on_statement, nullptr);
}

}  // namespace

void StatementTrace::install() {
  // SQLite's own signature for what it calls with a connection.
  sqlite3_auto_extension(reinterpret_cast<void (*)()>(on_open));
}

StatementTrace::StatementTrace() {
  const std::lock_guard lock(guard);
  kept = new std::vector<std::string>;
}

StatementTrace::~StatementTrace() {
  const std::lock_guard lock(guard);
  delete kept;
  kept = nullptr;
}

std::vector<std::string> StatementTrace::statements() const {
  const std::lock_guard lock(guard);
  return *kept;
}

}  // namespace locket
