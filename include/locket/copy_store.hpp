#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "locket/error.hpp"
#include "locket/export.hpp"
#include "locket/guid.hpp"
#include "locket/store.hpp"

namespace locket {

/// How a copy goes on.
struct CopyOptions {
  /// Told now and then how many thumbnails were looked at, of how many; returning false stops. From one thread.
  std::function<bool(std::uint64_t done, std::uint64_t total)> progress{};
  std::uint32_t jobs = 8;  ///< thumbnails that are copied at the same time; 1 to 256
};

/// A thumbnail that could not be copied, or an iModel of which a damaged entry says nothing.
struct CopyFailure {
  Guid imodel_id;
  Error error;
};

/// What a copy did.
struct CopyReport {
  std::uint64_t copied = 0;     ///< written, read back and found to be the same bytes
  std::uint64_t unchanged = 0;  ///< were there already
  bool access_copied = false;   ///< whether the access facts differed, and were written
  bool stopped = false;         ///< `progress` wanted no more
  std::vector<CopyFailure> failed;
  std::optional<Error> failures_unread{};  ///< why the failed imports of `from`, whose list is damaged, were not copied
};

/// Copies a store into another, of whatever kind: the access facts first, in the place of those that `to` has (where
/// `from` never had any, those stay), then every thumbnail with all that is known of it, then the failed imports.
/// Revisions begin anew. Thumbnails and failed imports that `to` has beyond these stay, and, where the facts are not
/// written anew, iModels without a thumbnail and without anything configured. An iModel that `to` knows under another
/// iTwin, whose members would get to see it, is not copied but told as a failure (`argument_invalid`). A thumbnail
/// that is changed on either side while it is copied is told as a failure (`store_busy`), and what was uploaded to `to`
/// meanwhile stays. Each picture is proven where it is read, and read back and compared where it was written.
/// Thumbnails that `to` has already (of the same upload, recipe, sizes and time) are left alone, so a copy that was cut
/// off goes on when it is started again, and a copy of a store in use is brought up to date by a second one. Inputs:
/// two stores, which may be in use; the options. Result: what was done, also when single thumbnails could not be
/// copied; or why it could not go on, with what was copied until then whole and in place; what a store or `progress` of
/// a host throws becomes `internal_error`. Cost: reads all that is not there yet once in `from` and once in `to`.
[[nodiscard]] LOCKET_API Result<CopyReport> copy_store(Store& from, Store& to, const CopyOptions& options = {});

}  // namespace locket
