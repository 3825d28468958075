#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "locket/error.hpp"
#include "locket/guid.hpp"
#include "locket/picture.hpp"
#include "locket/store.hpp"
#include "store/connection.hpp"
#include "store/digest.hpp"

namespace locket::store {

/// Where one stored PNG lies, and what its bytes must be.
struct PictureKey {
  std::int64_t picture_id = 0;
  std::int64_t bytes = 0;
  Sha256 sha256{};
  Checksum xxh3{};

  bool operator==(const PictureKey&) const = default;
};

/// Both sizes of an iModel's thumbnail.
struct ThumbnailKey {
  std::int64_t revision = 0;
  PictureKey small;
  PictureKey large;

  /// The key of one size. Lives as long as this object.
  [[nodiscard]] const PictureKey& picture(Size size) const noexcept { return size == Size::small ? small : large; }
};

/// All that is kept of one iModel in the table that a fetch reads.
struct ImodelRow {
  Guid imodel_id;
  Guid itwin_id;
  std::optional<ThumbnailKey> thumbnail;
};

/// A row, and whether its seal holds.
struct SealedRow {
  ImodelRow row;
  bool has_id = false;  ///< else it is all zero
  bool sound = false;
};

/// Finds the row of an iModel, without proof. Result: the row, with the iModel's id; or nothing.
[[nodiscard]] Result<std::optional<SealedRow>> find_sealed_row(Connection& connection, const Guid& imodel_id);

/// Finds the row of an iModel and proves its seal. Result: the row, or nothing; or `store_corrupt`.
[[nodiscard]] Result<std::optional<ImodelRow>> find_imodel_row(Connection& connection, const Guid& imodel_id);

/// The same for whoever may not be told whether there is such an iModel: a row is read and proven whether it is known
/// or not, that of the iModel itself or else the nearest one on the way to the middle of all ids, so that both take the
/// same time. Only where no known id lies on that way is nothing read, which says nothing of any iModel.
[[nodiscard]] Result<std::optional<ImodelRow>> find_imodel_row_evenly(Connection& connection, const Guid& imodel_id);

/// The next rows after an id, or the first, in the order of the ids, without proof. Result: `count` rows, fewer only at
/// the end, and a few more where the ids of the last ones can't be read, so that a listing can go on after the last
/// (one without an id may then come twice); or the error, `store_corrupt` where damage would lead it back to where it
/// has been.
[[nodiscard]] Result<std::vector<SealedRow>> next_imodel_rows(Connection& connection, const std::optional<Guid>& after,
                                                              std::int64_t count);

/// Adds a row, within a write transaction. Fails where the iModel has one.
[[nodiscard]] Result<void> insert_imodel_row(Connection& connection, const ImodelRow& row);

/// Replaces a row's columns, within a write transaction.
[[nodiscard]] Result<void> update_imodel_row(Connection& connection, const ImodelRow& row);

/// Sets the iTwin of a damaged row and leaves the rest, so that it stays damaged unless that was all the damage, within
/// a write transaction. Fails with `store_corrupt` where the row holds what no row can.
[[nodiscard]] Result<void> set_itwin_of_damaged(Connection& connection, const Guid& imodel_id, const Guid& itwin_id);

/// Deletes a row to which no access facts belong, within a write transaction.
[[nodiscard]] Result<void> delete_imodel_row(Connection& connection, const Guid& imodel_id);

/// Counts the rows that have a thumbnail, sound or not. Cost: a reading of the whole table.
[[nodiscard]] Result<std::int64_t> count_thumbnails(Connection& connection);

}  // namespace locket::store
