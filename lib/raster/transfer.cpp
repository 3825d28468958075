#include "raster/transfer.hpp"

namespace locket::raster {
namespace {

constexpr std::array<std::int16_t, 256> make_linear_of_srgb() {
  std::array<std::int16_t, 256> table{};
  for (std::int32_t sample = 0; sample < 256; ++sample) {
    table[static_cast<std::size_t>(sample)] = linear_at(sample << 7);
  }
  return table;
}

/// The border between two neighbouring samples lies half way between them in sRGB.
constexpr std::array<std::uint8_t, linear_one + 1> make_srgb_of_linear() {
  std::array<std::uint8_t, linear_one + 1> table{};
  std::int32_t sample = 0;
  std::int32_t border = linear_at(64);  // kept, for compilers count their steps
  for (std::int32_t light = 0; light <= linear_one; ++light) {
    while (sample < 255 && light >= border) {
      ++sample;
      border = linear_at((sample << 7) + 64);
    }
    table[static_cast<std::size_t>(light)] = static_cast<std::uint8_t>(sample);
  }
  return table;
}

// The compiler makes the tables, so every machine has the same.
constexpr std::array<std::int16_t, 256> linear_of_srgb_table = make_linear_of_srgb();
constexpr std::array<std::uint8_t, linear_one + 1> srgb_of_linear_table = make_srgb_of_linear();

constexpr bool inverts_exactly() {
  for (std::size_t sample = 0; sample < 256; ++sample) {
    if (srgb_of_linear_table[static_cast<std::size_t>(linear_of_srgb_table[sample])] != sample) return false;
  }
  return linear_of_srgb_table[0] == 0 && linear_of_srgb_table[255] == linear_one;
}
static_assert(inverts_exactly());

}  // namespace

const std::array<std::int16_t, 256>& linear_of_srgb() noexcept { return linear_of_srgb_table; }

const std::array<std::uint8_t, linear_one + 1>& srgb_of_linear() noexcept { return srgb_of_linear_table; }

}  // namespace locket::raster
