#include "store/rivals.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdexcept>

namespace locket::bench {
namespace {

void must_be(bool done, const char* what) {
  if (!done) throw std::runtime_error(what);
}

}  // namespace

BareSqlite::BareSqlite(const std::string& path) {
  must_be(sqlite3_open_v2(path.c_str(), &connection_, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr) == SQLITE_OK,
          "sqlite3_open");
  must_be(sqlite3_exec(connection_, "PRAGMA mmap_size = 0; PRAGMA cache_size = -4096", nullptr, nullptr, nullptr) ==
              SQLITE_OK,
          "sqlite3 settings");
  must_be(sqlite3_prepare_v3(connection_, "SELECT data FROM picture WHERE picture_id = ?1", -1,
                             SQLITE_PREPARE_PERSISTENT, &select_, nullptr) == SQLITE_OK,
          "sqlite3_prepare");
}

BareSqlite::~BareSqlite() {
  sqlite3_blob_close(blob_);
  sqlite3_finalize(select_);
  sqlite3_close(connection_);
}

BytesView BareSqlite::select(std::int64_t picture_id) {
  sqlite3_reset(select_);
  sqlite3_bind_int64(select_, 1, picture_id);
  must_be(sqlite3_step(select_) == SQLITE_ROW, "sqlite3_step");
  const auto* const bytes = static_cast<const std::byte*>(sqlite3_column_blob(select_, 0));
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(select_, 0))};
}

std::size_t BareSqlite::reopen(std::int64_t picture_id, Bytes& to) {
  if (blob_ == nullptr) {
    must_be(sqlite3_blob_open(connection_, "main", "picture", "data", picture_id, 0, &blob_) == SQLITE_OK, "blob_open");
  } else {
    must_be(sqlite3_blob_reopen(blob_, picture_id) == SQLITE_OK, "sqlite3_blob_reopen");
  }
  const int size = sqlite3_blob_bytes(blob_);
  must_be(sqlite3_blob_read(blob_, to.data(), size, 0) == SQLITE_OK, "sqlite3_blob_read");
  return static_cast<std::size_t>(size);
}

void PlainFiles::write(std::uint32_t number, BytesView bytes) const {
  const int file = open((prefix_ + std::to_string(number)).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  must_be(file >= 0 && ::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), "write");
  close(file);
}

std::size_t PlainFiles::read(std::uint32_t number, Bytes& to) const {
  const int file = open((prefix_ + std::to_string(number)).c_str(), O_RDONLY | O_CLOEXEC);
  struct stat facts{};
  must_be(file >= 0 && fstat(file, &facts) == 0, "open");
  const ssize_t bytes = ::read(file, to.data(), static_cast<std::size_t>(facts.st_size));
  close(file);
  must_be(bytes == facts.st_size, "read");
  return static_cast<std::size_t>(bytes);
}

Lmdb::Lmdb(const std::string& path) {
  constexpr std::size_t map_bytes = std::size_t{4} << 30;
  must_be(mdb_env_create(&environment_) == 0 && mdb_env_set_mapsize(environment_, map_bytes) == 0 &&
              mdb_env_open(environment_, path.c_str(), MDB_NOSUBDIR | MDB_NOSYNC, 0600) == 0,
          "mdb_env_open");
  MDB_txn* transaction = nullptr;
  must_be(mdb_txn_begin(environment_, nullptr, 0, &transaction) == 0 &&
              mdb_dbi_open(transaction, nullptr, MDB_INTEGERKEY, &table_) == 0 && mdb_txn_commit(transaction) == 0,
          "mdb_dbi_open");
}

Lmdb::~Lmdb() {
  if (reading_ != nullptr) mdb_txn_abort(reading_);
  mdb_env_close(environment_);
}

void Lmdb::write(std::uint32_t number, BytesView bytes) {
  MDB_txn* transaction = nullptr;
  MDB_val key{sizeof number, &number};
  MDB_val value{bytes.size(), const_cast<std::byte*>(bytes.data())};
  must_be(mdb_txn_begin(environment_, nullptr, 0, &transaction) == 0 &&
              mdb_put(transaction, table_, &key, &value, 0) == 0 && mdb_txn_commit(transaction) == 0,
          "mdb_put");
}

BytesView Lmdb::begin(std::uint32_t number) {
  if (reading_ == nullptr) {
    must_be(mdb_txn_begin(environment_, nullptr, MDB_RDONLY, &reading_) == 0, "mdb_txn_begin");
  } else {
    must_be(mdb_txn_renew(reading_) == 0, "mdb_txn_renew");
  }
  MDB_val key{sizeof number, &number};
  MDB_val value{};
  must_be(mdb_get(reading_, table_, &key, &value) == 0, "mdb_get");
  return {static_cast<const std::byte*>(value.mv_data), value.mv_size};
}

}  // namespace locket::bench
