#include "store/linked_libraries.hpp"

#include <sqlite3.h>

#include "store/wal_reset_bug.hpp"

namespace locket::store {
namespace {

const char* wal_note() {
  return has_wal_reset_bug(sqlite3_libversion_number())
             ? "has the WAL-reset bug; locket's own lock keeps checkpoints and commits apart, so it can't happen here"
             : "is free of the WAL-reset bug";
}

}  // namespace

std::vector<LinkedLibrary> linked_libraries() { return {{"SQLite", sqlite3_libversion(), wal_note()}}; }

}  // namespace locket::store
