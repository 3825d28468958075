#pragma once

#include <string_view>

#include "locket/error.hpp"

struct sqlite3;

namespace locket::store {

/// Turns a result code of SQLite into an error of ours.
/// Inputs: the extended result code; the connection it came from, or null; what was being done, in plain words.
/// Result: the error; its detail holds SQLite's constant words for the code and never an SQL text or a value. Where
/// the disk refused for lack of room, `store_full`, whatever SQLite called it. Without memory for the detail, none.
[[nodiscard]] Error sqlite_error(int result, sqlite3* connection, std::string_view doing) noexcept;

}  // namespace locket::store
