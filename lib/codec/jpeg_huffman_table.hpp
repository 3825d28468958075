#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "locket/bytes.hpp"

namespace locket::codec {

/// What the next bits of a JPEG's data mean: a code, and behind it the bits of a coefficient. One number with fields:
/// how many bits both have, how many the code has, 63 less those of the coefficient (63: it is zero), and how far it is
/// from the last one (0: the block ends; the bits are then those of a run of such blocks). All zero: the code is longer
/// than the table's root, or there is none.
struct JpegSymbol {
  static constexpr unsigned code_bits_shift = 8;
  static constexpr unsigned rest_shift = 16;
  static constexpr unsigned step_shift = 24;
};

/// One Huffman code of a JPEG (ITU-T T.81, annex C), made for decoding.
struct JpegHuffmanTable {
  static constexpr unsigned root_bits = 10;
  static constexpr unsigned code_bits_max = 16;

  std::array<std::uint32_t, std::size_t{1} << root_bits> root;  ///< symbols by the next bits of the data
  /// For each count of bits the first code above those of that count, at the upper end of 16 bits; from 17 on, all.
  std::array<std::uint32_t, code_bits_max + 2> end{};
  std::array<std::int32_t, code_bits_max + 1> first{};  ///< where a count's symbols stand, less its first code
  std::array<std::uint8_t, 256> symbols{};
  bool ends_runs = false;  ///< of the kind `progressive_ac`
};

enum class JpegCodeKind : std::uint8_t {
  dc,
  ac,
  progressive_ac,  ///< the end of a block may be that of a whole run of blocks (T.81, G.1.2.2)
};

/// Makes a table. Inputs: 16 counts and as many symbols as they say, at most 256 (`BaselineComponent`). Result: whether
/// they form a code as libjpeg takes it: no code of ones alone, symbols of DC below 16. Never fails otherwise. Any
/// thread.
[[nodiscard]] bool make_jpeg_huffman_table(BytesView code, JpegCodeKind kind, JpegHuffmanTable& table) noexcept;

/// The symbol at the upper end of `bits` where the root does not tell it, for its code is longer; 0 where there is
/// none. Never fails. Any thread.
[[nodiscard]] std::uint32_t long_jpeg_symbol(const JpegHuffmanTable& table, std::uint64_t bits) noexcept;

}  // namespace locket::codec
