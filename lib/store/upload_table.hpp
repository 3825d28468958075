#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "locket/error.hpp"
#include "locket/store.hpp"
#include "store/connection.hpp"

namespace locket::store {

/// Remembers what a thumbnail was made from, within a write transaction. Input: the record; the time.
[[nodiscard]] Result<void> save_upload(Connection& connection, const Record& record, std::int64_t now_s);

/// The stored thumbnail of one iModel, or nothing; or `store_corrupt` where its entry is damaged.
[[nodiscard]] Result<std::optional<StoredThumbnail>> find_upload(Connection& connection, const Guid& imodel_id);

/// One entry of a listing: whose it is, and what is stored; nothing where the entry is damaged.
struct ListedUpload {
  Guid imodel_id;
  std::optional<StoredThumbnail> thumbnail;
};

/// The next entries after an id, or the first, in the order of the ids, at most `count`; fewer only at the end. Or
/// `store_corrupt` where one has no id, or damage would lead a listing back to where it has been.
[[nodiscard]] Result<std::vector<ListedUpload>> next_uploads(Connection& connection, const std::optional<Guid>& after,
                                                             std::int64_t count);

}  // namespace locket::store
