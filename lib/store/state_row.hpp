#pragma once

#include <cstdint>

#include "locket/error.hpp"
#include "store/connection.hpp"
#include "store/digest.hpp"

namespace locket::store {

/// The one row that tells how far the store has come. It changes in the same transaction as what it counts.
struct State {
  std::int64_t content_revision = 0;  ///< of the last change of any thumbnail
  std::int64_t access_revision = 0;   ///< of the last change of the access facts
  Checksum access_xxh3{};             ///< of the access facts
  std::int64_t next_picture_id = 1;   ///< ids are never used twice, so an id that was read once names the same bytes
  std::int64_t thumbnails = 0;
  std::int64_t pictures = 0;
  std::int64_t picture_bytes = 0;
};

/// Reads the row and proves its seal. Result: the state; or `store_corrupt`.
[[nodiscard]] Result<State> load_state(Connection& connection);

/// Writes the row, within a write transaction.
[[nodiscard]] Result<void> save_state(Connection& connection, const State& state);

}  // namespace locket::store
