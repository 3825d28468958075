#pragma once

#include <cstdint>

namespace locket::codec {

/// The next bits of a JPEG's data; the first is the highest. What stands below the known ones is nothing, or what
/// follows.
struct JpegBits {
  std::uint64_t bits = 0;
  std::uint32_t count = 0;     ///< known ones, 0 to 63
  std::uint32_t invented = 0;  ///< the zeros among all that were ever known: made up, because the data had ended
  const std::uint8_t* next = nullptr;
  const std::uint8_t* end = nullptr;  ///< of what may be read; a marker stands before it
};

/// Makes at least 56 bits known, byte by byte: a zero behind 0xFF is left out (T.81, B.1.1.5), and at a marker zeros
/// are made up. Never fails.
void refill_slowly(JpegBits& bits) noexcept;

}  // namespace locket::codec
