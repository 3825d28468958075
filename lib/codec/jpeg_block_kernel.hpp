#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/kernel.hpp"
#include "codec/chroma_sampling.hpp"
#include "codec/jpeg_bits.hpp"
#include "codec/jpeg_huffman_table.hpp"
#include "codec/jpeg_transform.hpp"

namespace locket::codec {

/// The blocks of some neighbouring units.
class UnitBlocks {
 public:
  /// So many units at most: enough to fill vectors, and few enough to stay in the first-level cache.
  static constexpr std::uint32_t units_max = 8;

  /// Empty ones, for pictures of one kind.
  explicit UnitBlocks(ChromaSampling sampling) noexcept;

  /// Blocks of a component that a unit has across and down.
  struct Factors {
    std::uint32_t across = 1;
    std::uint32_t down = 1;
  };

  /// 1 or 3.
  [[nodiscard]] std::uint32_t components() const noexcept { return components_; }

  /// Of one component, below `components()`.
  [[nodiscard]] Factors factors(std::size_t component) const noexcept { return component == 0 ? luma_ : Factors{}; }

  /// One row of blocks of a component, by fours; `y` below its factor down.
  [[nodiscard]] std::span<BlockFour> row(std::size_t component, std::uint32_t y) noexcept {
    constexpr std::size_t chroma_fours = units_max / BlockFour::blocks;
    const std::size_t luma_fours = chroma_fours * luma_.across;
    if (component == 0) return std::span(fours_).subspan(y * luma_fours, luma_fours);
    return std::span(fours_).subspan(luma_.down * luma_fours + (component - 1) * chroma_fours, chroma_fours);
  }

 private:
  static constexpr std::size_t fours_max = (2 * 2 + 1 + 1) * units_max / BlockFour::blocks;

  std::uint32_t components_;
  Factors luma_;
  std::array<BlockFour, fours_max> fours_;
};

/// How one component is coded, and where its last block was.
struct JpegComponentCode {
  /// A place in the file's order: where its coefficient goes, and in the upper half what it is multiplied with.
  using Place = std::uint32_t;
  /// A run may lead over the end, by 15 at most; the last place is meant then.
  static constexpr std::size_t place_count = 64 + 16;

  JpegHuffmanTable dc;
  JpegHuffmanTable ac;
  std::array<Place, place_count> places{};
  std::uint32_t last_dc = 0;
};

/// Decodes units without a restart marker between them (ITU-T T.81, F.2.2). Inputs: the bits; as many components as
/// the blocks have; empty blocks, and which of their units are meant. Result: whether all bits meant something. Moves
/// `bits`, whose `invented` tells whether the data was enough. Never fails otherwise. Any thread.
using JpegBlockKernel = bool (*)(JpegBits& bits, std::span<JpegComponentCode> components, UnitBlocks& blocks,
                                 std::uint32_t first_unit, std::uint32_t units);

/// The kernel to run: the fastest that this CPU has, or the plain one. Any thread.
[[nodiscard]] JpegBlockKernel jpeg_block_kernel(Kernel kernel) noexcept;

/// The kernel for every CPU.
bool decode_units_plain(JpegBits& bits, std::span<JpegComponentCode> components, UnitBlocks& blocks,
                        std::uint32_t first_unit, std::uint32_t units);

/// The kernel for what this CPU has.
bool decode_units_vector(JpegBits& bits, std::span<JpegComponentCode> components, UnitBlocks& blocks,
                         std::uint32_t first_unit, std::uint32_t units);

}  // namespace locket::codec
