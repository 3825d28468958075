#pragma once

#include <array>
#include <cstdint>

namespace locket::codec {

/// Deflate's alphabets (RFC 1951, section 3.2.5).
inline constexpr unsigned match_length_min = 3;
inline constexpr unsigned match_length_max = 258;
inline constexpr unsigned match_distance_max = 32'768;
inline constexpr unsigned end_of_block_symbol = 256;
inline constexpr unsigned first_length_symbol = 257;
inline constexpr unsigned literal_symbols = 286;
inline constexpr unsigned distance_symbols = 30;

/// Lengths and distances are sent as a symbol, which tells the range, and some extra bits, which tell the place in it.
struct SymbolTable {
  std::array<std::uint16_t, 29> length_base{};
  std::array<std::uint8_t, 29> length_extra_bits{};
  std::array<std::uint16_t, 30> distance_base{};
  std::array<std::uint8_t, 30> distance_extra_bits{};
  std::array<std::uint8_t, match_length_max + 1> length_symbol{};  ///< less `first_length_symbol`
  std::array<std::uint8_t, 512> distance_symbol{};                 ///< of distances to 256, then by steps of 128
};

/// The table, made by the compiler.
inline constexpr SymbolTable symbol_table = [] {
  SymbolTable table;
  unsigned length = match_length_min;
  for (unsigned symbol = 0; symbol < 28; ++symbol) {
    const unsigned extra = symbol < 8 ? 0 : (symbol - 4) / 4;
    table.length_base[symbol] = static_cast<std::uint16_t>(length);
    table.length_extra_bits[symbol] = static_cast<std::uint8_t>(extra);
    for (unsigned i = 0; i < 1U << extra && length <= match_length_max; ++i) {
      table.length_symbol[length++] = static_cast<std::uint8_t>(symbol);
    }
  }
  table.length_base[28] = match_length_max;
  table.length_symbol[match_length_max] = 28;
  unsigned distance = 1;
  for (unsigned symbol = 0; symbol < distance_symbols; ++symbol) {
    const unsigned extra = symbol < 4 ? 0 : (symbol - 2) / 2;
    table.distance_base[symbol] = static_cast<std::uint16_t>(distance);
    table.distance_extra_bits[symbol] = static_cast<std::uint8_t>(extra);
    for (unsigned i = 0; i < 1U << extra; ++i, ++distance) {
      const unsigned place = distance <= 256 ? distance - 1 : 256 + ((distance - 1) >> 7);
      table.distance_symbol[place] = static_cast<std::uint8_t>(symbol);
    }
  }
  return table;
}();

/// The symbol of a distance, 1 to 32768.
[[nodiscard]] constexpr unsigned distance_symbol_of(unsigned distance) noexcept {
  const unsigned place = distance <= 256 ? distance - 1 : 256 + ((distance - 1) >> 7);
  return symbol_table.distance_symbol[place];
}

}  // namespace locket::codec
