#pragma once

#include "locket/error.hpp"
#include "locket/limits.hpp"
#include "locket/store.hpp"
#include "store/connection.hpp"
#include "store/picture_table.hpp"

namespace locket::store {

/// A record that was proven, ready to be written.
struct ProvenRecord {
  const Record& record;
  NewPicture small;
  NewPicture large;
};

/// Proves a record (`check_record`). Result: the proven form, which refers to `record`; or `argument_invalid`.
[[nodiscard]] Result<ProvenRecord> prove(const Record& record, const Limits& limits);

/// Writes both sizes of a thumbnail and all that belongs to them, within a write transaction, and forgets pictures
/// that nobody shows any more. Errors as `Store::put`.
[[nodiscard]] Result<Receipt> put_thumbnail(Connection& connection, const ProvenRecord& proven, std::int64_t now_s);

/// Forgets the thumbnail of an iModel, or what damage left of one, within a write transaction. Result: whether there
/// was one.
[[nodiscard]] Result<bool> remove_thumbnail(Connection& connection, const Guid& imodel_id);

}  // namespace locket::store
