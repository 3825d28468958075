#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "locket/error.hpp"
#include "locket/store.hpp"
#include "store/connection.hpp"

namespace locket::store {

/// One thumbnail of a listing: what is stored, or what is wrong with it.
struct ListedThumbnail {
  Guid imodel_id;  ///< all zero where the entry of an upload has none that can be read
  std::optional<StoredThumbnail> thumbnail;
  std::string_view fault;  ///< where there is none; a static text
};

/// What is said of an iModel whose own entry is damaged.
inline constexpr std::string_view damaged_imodel = "the entry of the iModel is damaged";

/// Some thumbnails, in the order of their iModels' ids.
struct ThumbnailSlice {
  std::vector<ListedThumbnail> thumbnails;
  std::optional<Guid> last;  ///< after which the next slice begins; nothing: this was the last one
};

/// The next thumbnails after an id, or the first, within a read transaction: of `count` iModels, or of more uploads
/// that no iModel has. Each that an iModel's entry or an upload's tells of is there, proven, or with its fault. Or the
/// error, `store_corrupt` where damage would lead a listing back to where it has been.
[[nodiscard]] Result<ThumbnailSlice> next_thumbnails(Connection& connection, const std::optional<Guid>& after,
                                                     std::int64_t count);

/// The thumbnail of one iModel, within a read transaction; nothing where there is none. Or `store_corrupt`, with the
/// fault.
[[nodiscard]] Result<std::optional<StoredThumbnail>> find_thumbnail(Connection& connection, const Guid& imodel_id);

}  // namespace locket::store
