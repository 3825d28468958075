#pragma once

#include <cstdint>
#include <optional>

#include "locket/error.hpp"
#include "locket/store.hpp"
#include "store/connection.hpp"
#include "store/key_order.hpp"

namespace locket::store {

/// What a thumbnail was made from, as its entry says.
struct UploadRow {
  std::optional<Guid> imodel_id;             ///< nothing: damaged
  std::optional<StoredThumbnail> thumbnail;  ///< without what the iModel's own entry says; nothing: damaged
};

/// Remembers what a thumbnail was made from, within a write transaction. Input: the record; the time.
[[nodiscard]] Result<void> save_upload(Connection& connection, const Record& record, std::int64_t now_s);

/// The entry of one iModel, or nothing.
[[nodiscard]] Result<std::optional<UploadRow>> find_upload(Connection& connection, const Guid& imodel_id);

/// Forgets the entry of one iModel, within a write transaction. Result: whether there was one.
[[nodiscard]] Result<bool> drop_upload(Connection& connection, const Guid& imodel_id);

/// All entries in the order of their ids. The connection must outlive it, and no other walk be under way on it.
class UploadWalk {
 public:
  /// Input: the id after which it begins; nothing: with the first.
  UploadWalk(Connection& connection, const std::optional<Guid>& after);

  /// The next entry up to an id, or, without one, to the end. Result: nothing where there is none; or the error,
  /// `store_corrupt` where damage would lead the walk back to where it has been.
  [[nodiscard]] Result<std::optional<UploadRow>> next(const std::optional<Guid>& last);

 private:
  std::optional<Guid> after_;
  Statement statement_;
  KeyOrder order_{1};
};

}  // namespace locket::store
