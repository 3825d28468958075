#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/kernel.hpp"
#include "codec/jpeg_bits.hpp"
#include "codec/jpeg_huffman_table.hpp"
#include "codec/jpeg_transform.hpp"

namespace locket::codec {

/// Four neighbouring blocks of coefficients as far as the scans so far told them, each where `BlockFour` has it.
struct alignas(64) CoefficientFour {
  std::array<std::int16_t, BlockFour::row_stride * BlockFour::side> coefficients;
  /// Of each block a mark for each place in the order of the file (zigzag) whose coefficient is not zero, but for the
  /// first place; the highest bit would be that of place 0.
  std::array<std::uint64_t, BlockFour::blocks> present;
};

/// One component in one scan, and where its decoding is.
struct ProgressiveBand {
  JpegHuffmanTable code;                   ///< not used to refine the first coefficient
  std::array<std::uint16_t, 64> places{};  ///< of the order of the file: where the coefficient stands in its block
  std::uint8_t first_place = 0;
  std::uint8_t last_place = 0;
  std::uint8_t low_bit = 0;
  bool refines = false;
  std::uint32_t last_dc = 0;
  std::uint32_t empty_blocks = 0;  ///< so many of the next blocks bring nothing new
};

/// Decodes what a scan tells of some neighbouring blocks, without a restart marker between them (ITU-T T.81, G.2).
/// Inputs: the bits; the component in the scan; a row of blocks, and which of them are meant. Result: whether all bits
/// meant something inside the band, and each coefficient fits 16 bits. Moves `bits`, whose `invented` tells whether
/// the data was enough. Never fails otherwise. Any thread.
using ProgressiveKernel = bool (*)(JpegBits& bits, ProgressiveBand& band, std::span<CoefficientFour> row,
                                   std::uint32_t first_block, std::uint32_t blocks);

/// The kernel to run: the fastest that this CPU has, or the plain one. Any thread.
[[nodiscard]] ProgressiveKernel progressive_kernel(Kernel kernel) noexcept;

/// The kernel for every CPU.
bool decode_band_plain(JpegBits& bits, ProgressiveBand& band, std::span<CoefficientFour> row, std::uint32_t first_block,
                       std::uint32_t blocks);

/// The kernel for what this CPU has.
bool decode_band_vector(JpegBits& bits, ProgressiveBand& band, std::span<CoefficientFour> row,
                        std::uint32_t first_block, std::uint32_t blocks);

}  // namespace locket::codec
