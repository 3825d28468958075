#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace locket::codec {

/// log2(1 + i / 64) in 256ths, by repeated squaring.
inline constexpr std::array<std::uint16_t, 64> fixed_log_table = [] {
  std::array<std::uint16_t, 64> table{};
  for (std::uint64_t i = 0; i < table.size(); ++i) {
    std::uint64_t mantissa = (64 + i) << 24;  // 1.0 is 1 << 30
    std::uint32_t log = 0;
    for (int bit = 0; bit < 10; ++bit) {
      mantissa = (mantissa >> 15) * (mantissa >> 15);
      log <<= 1;
      if (mantissa >= std::uint64_t{2} << 30) {
        mantissa >>= 1;
        log |= 1;
      }
    }
    table[i] = static_cast<std::uint16_t>((log + 2) / 4);
  }
  return table;
}();

/// log2 in 256ths, to about a fiftieth of a bit; of a value above 0. Integers only: the same on every CPU.
[[nodiscard]] constexpr std::uint32_t fixed_log2(std::uint32_t value) noexcept {
  const auto whole = static_cast<std::uint32_t>(std::bit_width(value)) - 1;
  const std::uint32_t mantissa = whole >= 6 ? value >> (whole - 6) : value << (6 - whole);
  return whole * 256 + fixed_log_table[mantissa - 64];
}

}  // namespace locket::codec
