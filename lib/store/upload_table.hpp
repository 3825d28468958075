#pragma once

#include <functional>
#include <optional>

#include "locket/error.hpp"
#include "locket/store.hpp"
#include "store/connection.hpp"

namespace locket::store {

/// Remembers what a thumbnail was made from, within a write transaction. Input: the record; the time.
[[nodiscard]] Result<void> save_upload(Connection& connection, const Record& record, std::int64_t now_s);

/// The stored thumbnail of one iModel, or nothing.
[[nodiscard]] Result<std::optional<StoredThumbnail>> find_upload(Connection& connection, const Guid& imodel_id);

/// The next thumbnails after an id, or the first, in the order of the ids, at most `count`; fewer only at the end. Or
/// `store_corrupt` where damage would lead a listing back to where it has been.
[[nodiscard]] Result<std::vector<StoredThumbnail>> next_uploads(Connection& connection,
                                                                const std::optional<Guid>& after, std::int64_t count);

}  // namespace locket::store
