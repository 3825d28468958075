#pragma once

#include <string>

#include "locket/error.hpp"
#include "store/connection.hpp"

namespace locket::store {

/// Copies the whole store, as it stands at one moment, into a new file while others go on reading and writing; re-reads
/// and proves the copy; makes it durable; and only then renames it into place.
/// Inputs: a connection that reads; where the copy shall stand: a new path, or that of another store. Result: nothing;
/// `store_foreign` where something else stands; `store_corrupt` when the copy is not sound, which means that the store
/// is not; or another `store_` code. After an error nothing stands or changed there, but
/// where the folder could not be synced at the end: then the copy stands there, whole, until a power cut may undo it.
[[nodiscard]] Result<void> write_backup(Connection& connection, const std::string& path);

}  // namespace locket::store
