#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "codec/jpeg_transform.hpp"

namespace locket::codec {

/// Where the coefficient of each place in the order of the file (ITU-T T.81, figure A.6) stands in the first block of
/// a `BlockFour`.
inline constexpr std::array<std::uint16_t, 64> block_places = [] {
  std::array<std::uint16_t, 64> places{};
  std::size_t place = 0;
  for (unsigned diagonal = 0; diagonal < 15; ++diagonal) {
    for (unsigned i = 0; i <= diagonal; ++i) {
      const unsigned row = diagonal % 2 == 0 ? diagonal - i : i;
      const unsigned column = diagonal - row;
      if (row < 8 && column < 8) places[place++] = static_cast<std::uint16_t>(row * BlockFour::row_stride + column);
    }
  }
  return places;
}();

}  // namespace locket::codec
