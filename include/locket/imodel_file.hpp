#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "locket/bytes.hpp"
#include "locket/error.hpp"
#include "locket/export.hpp"
#include "locket/guid.hpp"
#include "locket/limits.hpp"

namespace locket {

/// The picture that an iModel file itself holds of its default view.
struct SavedView {
  Bytes picture;                  ///< a PNG or JPEG file, as it was saved
  std::uint64_t view_id = 0;      ///< the ElementId of the view
  std::optional<Guid> imodel_id;  ///< the file's own, where it tells
  std::optional<Guid> itwin_id;
};

/// Tells by the first bytes whether a file may be an iModel or ViewStore file (an SQLite database, of at least 16
/// bytes). Allocates nothing. Any thread.
[[nodiscard]] LOCKET_API bool is_imodel_file(BytesView start) noexcept;

/// Judges a saved picture that could be taken: nothing when it is good; a `picture_` code where it is no whole picture.
/// Any other error ends the search and is its result.
using SavedViewJudge = std::function<Result<void>(const SavedView&)>;

/// Takes the saved picture out of an iModel (`.bim`, `.ibim`) or ViewStore file: the default view's; where there is no
/// default view or it has none, the first by id that is a whole PNG or JPEG.
/// Inputs: a descriptor of a regular file that does not change meanwhile, open for reading, which stays the caller's;
/// the limits; who judges, so that a caller who decodes the picture anyway need not have it decoded twice (nothing: it
/// is decoded to see whether it is whole).
/// Result: the picture; `imodel_file_foreign`, `imodel_file_damaged`, `imodel_file_over_limit`, `saved_view_missing`,
/// `saved_view_invalid`, `file_not_readable` or `out_of_memory`; what a host's judge throws becomes `internal_error`. A
/// default view's picture that is not whole is refused, another view's is not taken in its place. The file may be
/// hostile: work and memory are bounded by the limits and by fixed ones, beyond which it is `imodel_file_over_limit`
/// (400,000 pages read, 128 MiB of SQLite's memory, and more of the kind); no other file is opened or made. Any thread.
[[nodiscard]] LOCKET_API Result<SavedView> read_saved_view(int descriptor, const Limits& limits = {},
                                                           const SavedViewJudge& judge = {});

/// The same of a file that is named by its path. What is no regular file is refused without waiting for it, and, as
/// `file_not_readable`, one whose latest changes stand only in a `-wal` or `-journal` file beside it, which a
/// descriptor does not lead to.
[[nodiscard]] LOCKET_API Result<SavedView> read_saved_view(const std::string& path, const Limits& limits = {});

}  // namespace locket
