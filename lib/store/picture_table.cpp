#include "store/picture_table.hpp"

#include <sqlite3.h>

#include <cstring>
#include <span>
#include <string>

#include "store/sqlite_error.hpp"

namespace locket::store {
namespace {

/// An open picture, for reading without a copy through a statement.
class PictureBlob {
 public:
  PictureBlob() = default;
  PictureBlob(const PictureBlob&) = delete;
  PictureBlob& operator=(const PictureBlob&) = delete;
  ~PictureBlob() { sqlite3_blob_close(blob_); }

  int open(sqlite3* connection, std::int64_t picture_id) {
    picture_id_ = picture_id;
    const auto open = [&]() noexcept {
      return sqlite3_blob_open(connection, "main", "picture", "data", picture_id, 0, &blob_);
    };
    return told_from_damage(open(), open);
  }
  int size() const { return sqlite3_blob_bytes(blob_); }
  int read(std::span<std::byte> to) {
    const auto read = [&]() noexcept { return sqlite3_blob_read(blob_, to.data(), static_cast<int>(to.size()), 0); };
    const int result =
        told_from_damage(read(), [&]() noexcept { return reopen() == SQLITE_OK ? read() : SQLITE_ABORT; });
    // Closed while it knows of a lack of memory, it would roll back the transaction in which a picture is mended.
    if (result == SQLITE_CORRUPT) (void)reopen();
    return result;
  }

 private:
  int reopen() noexcept { return sqlite3_blob_reopen(blob_, picture_id_); }

  std::int64_t picture_id_ = 0;
  sqlite3_blob* blob_ = nullptr;
};

Error damaged(const PictureKey& key) {
  return {Code::store_corrupt, "picture " + std::to_string(key.picture_id) + " is not what was stored"};
}

Result<PictureKey> insert_picture(Connection& connection, State& state, const NewPicture& picture) {
  const PictureKey key{state.next_picture_id, static_cast<std::int64_t>(picture.bytes.size()), picture.sha256,
                       picture.xxh3};
  auto statement = connection.statement(Sql::insert_picture);
  statement.bind(1, key.picture_id).bind(2, key.sha256).bind(3, key.xxh3).bind(4, key.bytes).bind(5, picture.bytes);
  if (auto inserted = statement.run(); !inserted) return std::unexpected(std::move(inserted.error()));
  ++state.next_picture_id;
  ++state.pictures;
  state.picture_bytes += key.bytes;
  return key;
}

Result<bool> holds_the_same(Connection& connection, const PictureKey& key, const NewPicture& picture) {
  if (key.xxh3 != picture.xxh3 || key.bytes != static_cast<std::int64_t>(picture.bytes.size())) return false;
  const auto stored = read_picture(connection, key);
  if (!stored) {
    if (stored.error().code == Code::store_corrupt && !connection.in_autocommit()) return false;
    return std::unexpected(stored.error());
  }
  return *stored && std::memcmp((*stored)->view().data(), picture.bytes.data(), picture.bytes.size()) == 0;
}

}  // namespace

Result<PictureKey> keep_picture(Connection& connection, State& state, const NewPicture& picture) {
  PictureKey key{0, 0, picture.sha256, {}};
  bool sound = false;
  {
    auto statement = connection.statement(Sql::find_picture_by_sha256);
    const auto row = statement.bind(1, picture.sha256).step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return insert_picture(connection, state, picture);
    key.picture_id = statement.integer(0);
    key.bytes = statement.integer(1);
    sound = statement.copy(2, key.xxh3);
  }
  // What is shared is proven first: an acknowledgement must not rest on bytes that were damaged long ago.
  const auto same = holds_the_same(connection, key, picture);
  if (!same) return std::unexpected(same.error());
  if (sound && *same) return key;
  // Mended, whatever its row said, it has the length that was counted once: that of its SHA-256.
  key.bytes = static_cast<std::int64_t>(picture.bytes.size());
  key.xxh3 = picture.xxh3;
  auto statement = connection.statement(Sql::repair_picture);
  statement.bind(1, key.picture_id).bind(2, key.xxh3).bind(3, key.bytes).bind(4, picture.bytes);
  if (auto repaired = statement.run(); !repaired) return std::unexpected(std::move(repaired.error()));
  return key;
}

Result<void> drop_if_unused(Connection& connection, State& state, std::int64_t picture_id) {
  // Not in one statement with RETURNING, which would read all of the picture.
  auto unused = connection.statement(Sql::find_unused_picture);
  const auto row = unused.bind(1, picture_id).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return {};
  --state.pictures;
  state.picture_bytes -= unused.integer(0);
  auto statement = connection.statement(Sql::delete_picture);
  return statement.bind(1, picture_id).run();
}

Result<std::optional<PictureKey>> find_picture_key(Connection& connection, std::int64_t picture_id) {
  auto statement = connection.statement(Sql::find_picture);
  const auto row = statement.bind(1, picture_id).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  PictureKey key;
  key.picture_id = statement.integer(0);
  key.bytes = statement.integer(3);
  if (!statement.copy(1, key.sha256) || !statement.copy(2, key.xxh3)) return std::unexpected(damaged(key));
  return key;
}

Result<std::optional<SharedBytes>> read_picture(Connection& connection, const PictureKey& key) {
  PictureBlob blob;
  const int opened = blob.open(connection.handle(), key.picture_id);
  if (opened == SQLITE_ERROR) return std::nullopt;  // no such row
  if (opened != SQLITE_OK) return std::unexpected(sqlite_error(opened, connection.handle(), "opening a picture"));
  if (blob.size() != key.bytes) return std::unexpected(damaged(key));
  const auto size = static_cast<std::size_t>(key.bytes);
  auto memory = std::make_shared_for_overwrite<std::byte[]>(size);
  const std::span bytes(memory.get(), size);
  // Whole: proven in pieces that are still in the nearest cache it is no faster below a megabyte.
  const int result = blob.read(bytes);
  if (result != SQLITE_OK) return std::unexpected(sqlite_error(result, connection.handle(), "reading a picture"));
  if (checksum(bytes) != key.xxh3) return std::unexpected(damaged(key));
  return SharedBytes(std::move(memory), bytes);
}

}  // namespace locket::store
