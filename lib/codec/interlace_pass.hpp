#pragma once

#include <array>
#include <cstdint>

#include "locket/picture.hpp"

namespace locket::codec {

/// One of the seven passes in which the rows of an interlaced PNG come (third edition, clause 8.2): every `dx`-th pixel
/// of every `dy`-th row, from `x0` and `y0` on.
struct InterlacePass {
  std::uint8_t x0, y0, dx, dy;

  /// How many pixels a pass has of a picture that has at least one; a side may be 0. Never fails.
  [[nodiscard]] constexpr PixelSize size_of(PixelSize whole) const noexcept {
    return {whole.width_px / dx + (whole.width_px % dx > x0 ? 1U : 0U),
            whole.height_px / dy + (whole.height_px % dy > y0 ? 1U : 0U)};
  }
};

/// The passes in their order.
inline constexpr std::array<InterlacePass, 7> interlace_passes{
    {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}};

}  // namespace locket::codec
