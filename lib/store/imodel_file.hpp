#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "locket/bytes.hpp"
#include "locket/error.hpp"
#include "locket/guid.hpp"
#include "locket/limits.hpp"

namespace locket::store {

/// A view's saved picture as it stands in an iModel file, not yet unpacked or looked at.
struct SavedPicture {
  std::uint64_t view_id = 0;
  Bytes data;
  std::optional<std::uint64_t> inflated_bytes;  ///< given: `data` is a zlib stream of exactly that many bytes
};

/// Whose file it is, where the file tells.
struct ImodelFileIds {
  std::optional<Guid> imodel_id;
  std::optional<Guid> itwin_id;
};

/// Takes one picture and whose file it is from. Result: whether to go on to the next.
using TakeSavedPicture = std::function<bool(SavedPicture, const ImodelFileIds&)>;

/// Reads the saved pictures of an iModel (`.bim`, `.ibim`) or ViewStore file: the default view's alone, or, where there
/// is no default view or it has none, all in the order of their views' ids, until `take` returns false.
/// Inputs: a descriptor of a regular file that does not change meanwhile, which stays the caller's; the limits (a
/// picture over `picture_bytes_max`, packed or not, is refused before memory is taken for it).
/// Result: nothing; `imodel_file_foreign` for a file of another kind, `imodel_file_damaged` for one that SQLite can not
/// read, `imodel_file_over_limit` for one that would take too long or too much memory, `saved_view_missing` when no
/// view has a picture, `saved_view_invalid` when a row is none, `file_not_readable`. What else the process does decides
/// nothing. The file is not changed, and no other file is opened or made. One thread. The file is
/// hostile: no view, trigger, function or module of its schema is run, and the work is bounded: steps, pages, memory.
[[nodiscard]] Result<void> read_saved_pictures(int descriptor, const Limits& limits, const TakeSavedPicture& take);

}  // namespace locket::store
