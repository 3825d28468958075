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

/// Whether this process can't have 128 MiB more at this moment, found by asking for them.
[[nodiscard]] bool is_memory_short() noexcept;

/// Tells damage from a lack of memory. SQLite 3.40 also says SQLITE_NOMEM where a record claims nearly 4 GiB: its count
/// of the pages that follow wraps round to none, and no bytes of memory are what it takes for none. A lack of memory
/// passes or can be seen; such a record stays. Inputs: a result code of a call that only reads; what makes that call
/// again and gives its code, called once and for SQLITE_NOMEM only. Result: SQLITE_CORRUPT (11) for such a record, else
/// the code.
template <class Again>
[[nodiscard]] int told_from_damage(int result, Again again) noexcept {
  constexpr int primary_bits = 0xFF;
  constexpr int no_memory = 7;
  constexpr int corrupt = 11;
  if (result != no_memory || (again() & primary_bits) != no_memory || is_memory_short()) return result;
  return corrupt;
}

}  // namespace locket::store
