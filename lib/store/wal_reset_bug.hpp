#pragma once

namespace locket::store {

/// Whether a version of SQLite (as `sqlite3_libversion_number` counts: 3.40.1 is 3040001) has the WAL-reset bug, by
/// which a checkpoint that runs beside a commit can lose it: 3.7.0 to 3.51.2, but for 3.50.7 and 3.44.6 and what
/// followed these on their branches (sqlite.org/wal.html). Never fails.
[[nodiscard]] constexpr bool has_wal_reset_bug(int version) noexcept {
  if (version < 3007000 || version >= 3051003) return false;
  const int release = version / 1000;
  const int patch = version % 1000;
  return !(release == 3050 && patch >= 7) && !(release == 3044 && patch >= 6);
}

}  // namespace locket::store
