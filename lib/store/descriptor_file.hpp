#pragma once

#include <cstdint>
#include <string>

struct sqlite3;

namespace locket::store {

/// Gives SQLite a file to read that is already open, and no way to any other: it can neither open a path, nor lock,
/// write, or make a file beside it, whatever the database asks for. So a path that is swapped meanwhile can not lead
/// elsewhere, and a database that says it has a log leaves nothing behind; what stands only in that log is not read.
/// Input: a descriptor of a regular file, which the caller closes after the database.
/// Result: the URI to open, with `SQLITE_OPEN_URI`, for reading only; empty when SQLite can't register file systems.
/// The first call registers one with the SQLite of this process. Any thread.
[[nodiscard]] std::string descriptor_uri(int descriptor);

/// How many times a database that was opened so has read from its file. Never fails.
[[nodiscard]] std::uint64_t reads_of(sqlite3* database) noexcept;

}  // namespace locket::store
