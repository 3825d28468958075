#pragma once

#include <lmdb.h>
#include <sqlite3.h>

#include <cstdint>
#include <string>

#include "locket/bytes.hpp"

namespace locket::bench {

/// The bare parts: SQLite without anything of ours over it. Reads the pictures of a store's file.
class BareSqlite {
 public:
  /// Opens the file of a store for reading, as the store's own readers do.
  explicit BareSqlite(const std::string& path);
  BareSqlite(const BareSqlite&) = delete;
  BareSqlite& operator=(const BareSqlite&) = delete;
  ~BareSqlite();

  /// The bytes of a picture by a prepared SELECT; valid until the next call.
  [[nodiscard]] BytesView select(std::int64_t picture_id);

  /// Reads a picture through one blob handle that is kept open and moved on. Result: the count of bytes.
  [[nodiscard]] std::size_t reopen(std::int64_t picture_id, Bytes& to);

 private:
  sqlite3* connection_ = nullptr;
  sqlite3_stmt* select_ = nullptr;
  sqlite3_blob* blob_ = nullptr;
};

/// Each picture in a file of its own.
class PlainFiles {
 public:
  /// Input: where the files stand: this, and the number.
  explicit PlainFiles(std::string prefix) : prefix_(std::move(prefix)) {}

  /// Writes one.
  void write(std::uint32_t number, BytesView bytes) const;

  /// Opens, sizes, reads and closes one. Result: the count of bytes.
  [[nodiscard]] std::size_t read(std::uint32_t number, Bytes& to) const;

 private:
  std::string prefix_;
};

/// LMDB, the pictures under their numbers.
class Lmdb {
 public:
  /// Makes a new environment in one file.
  explicit Lmdb(const std::string& path);
  Lmdb(const Lmdb&) = delete;
  Lmdb& operator=(const Lmdb&) = delete;
  ~Lmdb();

  /// Writes one, in a transaction of its own.
  void write(std::uint32_t number, BytesView bytes);

  /// Begins a read, and gives the bytes where they lie in the map; valid until `end`.
  [[nodiscard]] BytesView begin(std::uint32_t number);

  /// Ends the read.
  void end() { mdb_txn_reset(reading_); }

 private:
  MDB_env* environment_ = nullptr;
  MDB_dbi table_ = 0;
  MDB_txn* reading_ = nullptr;
};

}  // namespace locket::bench
