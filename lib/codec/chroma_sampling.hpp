#pragma once

#include <cstdint>

#include "locket/picture.hpp"

namespace locket::codec {

/// How many samples of brightness there are for each of colour.
enum class ChromaSampling : std::uint8_t {
  grey,     ///< there is no colour
  full,     ///< 4:4:4
  half,     ///< 4:2:2, two across
  quarter,  ///< 4:2:0, two across and two down
};

/// So many samples of brightness a unit has across (T.81, A.2.1).
[[nodiscard]] constexpr std::uint32_t unit_width_px(ChromaSampling sampling) noexcept {
  return sampling == ChromaSampling::half || sampling == ChromaSampling::quarter ? 16 : 8;
}

/// So many samples of brightness a unit has down.
[[nodiscard]] constexpr std::uint32_t unit_height_px(ChromaSampling sampling) noexcept {
  return sampling == ChromaSampling::quarter ? 16 : 8;
}

/// The units of a picture across and down; the last ones are filled up (T.81, A.2.4).
struct UnitCounts {
  std::uint32_t across = 0;
  std::uint32_t down = 0;
};

/// Of a picture of 1 px at least on each side. Never fails.
[[nodiscard]] constexpr UnitCounts unit_counts(PixelSize size, ChromaSampling sampling) noexcept {
  return {(size.width_px - 1) / unit_width_px(sampling) + 1, (size.height_px - 1) / unit_height_px(sampling) + 1};
}

}  // namespace locket::codec
