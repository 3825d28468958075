#pragma once

#include <cstdint>

#include "locket/bytes.hpp"

namespace locket::codec {

/// Finds the orientation in EXIF data (TIFF 6.0 header and first directory; tag 274 of EXIF 2.3, one SHORT).
/// Input: the data from its byte-order mark on; anything may stand in it.
/// Result: 1 to 8; 1 for data that is damaged, holds no orientation, or one that is not a single SHORT from 1 to 8.
/// Looks at the first directory only, at most 65,535 entries. Never fails, allocates nothing. Any thread.
[[nodiscard]] std::uint8_t read_exif_orientation(BytesView exif) noexcept;

}  // namespace locket::codec
