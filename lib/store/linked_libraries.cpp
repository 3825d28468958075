#include "store/linked_libraries.hpp"

#include <sqlite3.h>
#include <xxhash.h>

#include <string>

#include "store/wal_reset_bug.hpp"

namespace locket::store {
namespace {

std::string xxhash_version() {
  const unsigned number = XXH_versionNumber();
  return std::to_string(number / 10000) + '.' + std::to_string(number / 100 % 100) + '.' + std::to_string(number % 100);
}

const char* wal_note() {
  return has_wal_reset_bug(sqlite3_libversion_number())
             ? "has the WAL-reset bug; locket's own lock keeps checkpoints and commits apart, so it can't happen here"
             : "is free of the WAL-reset bug";
}

}  // namespace

std::vector<LinkedLibrary> linked_libraries() {
  return {{"SQLite", sqlite3_libversion(), wal_note()}, {"xxHash", xxhash_version(), ""}};
}

}  // namespace locket::store
