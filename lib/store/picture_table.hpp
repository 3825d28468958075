#pragma once

#include "locket/bytes.hpp"
#include "locket/error.hpp"
#include "store/connection.hpp"
#include "store/imodel_table.hpp"
#include "store/state_row.hpp"

namespace locket::store {

/// What a picture is to hold, before the store has given it an id.
struct NewPicture {
  BytesView bytes;
  Sha256 sha256{};
  Checksum xxh3{};
};

/// Keeps a picture's bytes, once for all iModels that show the same ones; bytes that were there but damaged are
/// written anew. Within a write transaction; counts in `state`, which the caller saves.
/// Result: the key; or the error.
[[nodiscard]] Result<PictureKey> keep_picture(Connection& connection, State& state, const NewPicture& picture);

/// Forgets a picture that no iModel shows any more. Within a write transaction; counts in `state`.
[[nodiscard]] Result<void> drop_if_unused(Connection& connection, State& state, std::int64_t picture_id);

/// Finds the entry of a picture, without its bytes. Result: its key, or nothing; or `store_corrupt`.
[[nodiscard]] Result<std::optional<PictureKey>> find_picture_key(Connection& connection, std::int64_t picture_id);

/// Reads the bytes of a picture and proves them against the key's checksum.
/// Result: the bytes; nothing when there is no such picture any more; `store_corrupt` when they are not what was
/// written, or `out_of_memory`. Cost: one copy out of the page cache and one pass over the bytes.
[[nodiscard]] Result<std::optional<SharedBytes>> read_picture(Connection& connection, const PictureKey& key);

}  // namespace locket::store
