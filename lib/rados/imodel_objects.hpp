#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "locket/store.hpp"
#include "rados/pool.hpp"
#include "rados/thumbnail_head.hpp"

namespace locket::rados {

/// The head of an iModel's object and, where they were asked for, the bytes of both PNGs, as of one moment.
struct ImodelObject {
  ThumbnailHead head;
  SharedBytes small;
  SharedBytes large;
};

/// The objects of a store's iModels, one each, named by its id. Any thread.
class ImodelObjects {
 public:
  /// `space` must outlive it.
  explicit ImodelObjects(Space& space) noexcept : space_(space) {}

  /// Reads a head. Result: nothing where there is no object; `store_corrupt` where it is damaged.
  [[nodiscard]] Result<std::optional<ThumbnailHead>> head(const Guid& imodel_id);

  /// Reads one PNG, in one operation with the head, and proves it. Result: nothing where the object no longer has the
  /// revision, size and digest of `location`; `store_corrupt` where the bytes are not those that were stored.
  [[nodiscard]] Result<std::optional<SharedBytes>> picture(const Location& location);

  /// Reads both PNGs and proves them. Input: the head that was seen; if it has changed, what there is now is read.
  /// Result: nothing where there is no picture.
  [[nodiscard]] Result<std::optional<ImodelObject>> both(const Guid& imodel_id, ThumbnailHead seen);

  /// Writes an object if it is as it was seen: absent, or of that revision. `bytes` replaces what it holds; without,
  /// they stay. Result: whether it was.
  [[nodiscard]] Result<bool> replace(const Guid& imodel_id, const std::optional<ThumbnailHead>& seen,
                                     const ThumbnailHead& made, std::optional<std::string_view> bytes);

  /// Writes a damaged object anew, without a picture; its revision goes on where it can be read, and is above
  /// all that can have been otherwise. Result: whether it was damaged.
  [[nodiscard]] Result<bool> replace_damaged(const Guid& imodel_id, ThumbnailHead made);

  /// Calls `visit` with slices of the ids of all objects after `after`, in their order, until it returns false. Holds
  /// at most 4 million ids; where there are more, the pool is walked through again for each further 4 million.
  [[nodiscard]] Result<void> for_each_slice(std::optional<Guid> after,
                                            const std::function<bool(const std::vector<Guid>&)>& visit);

 private:
  Space& space_;
};

}  // namespace locket::rados
