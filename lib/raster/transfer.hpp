#pragma once

#include <array>
#include <cstdint>

namespace locket::raster {

/// Linear light and alpha are whole numbers from 0 to this, which is 255 times 128: an 8-bit alpha is shifted by 7.
inline constexpr std::int32_t linear_one = 32'640;

/// What is subtracted from linear light between the vertical and the horizontal pass, so that what overshoots on
/// either side still fits 16 bits: values from about -0.5 to 1.5 can be held.
inline constexpr std::int32_t linear_bias = 16'384;

/// From sRGB to linear light by whole numbers that 16-bit vectors hold too: a straight line where sRGB is straight, and
/// above that this polynomial of the fifth degree, lowest first, by Horner's rule with rounding products. Found by a
/// search; 0.03 of an 8-bit step is its greatest error.
inline constexpr std::array<std::int16_t, 6> linear_polynomial{30, 1'072, 17'108, 21'934, -10'035, 2'824};
inline constexpr std::int16_t linear_slope = 2'535;     ///< of the straight part
inline constexpr std::int16_t linear_straight = 1'344;  ///< where it ends: 10.5 in 128ths of an 8-bit step

/// Half of the double product of two numbers of 15 bits, rounded: what the vector instruction gives. Never fails.
[[nodiscard]] constexpr std::int32_t rounded_product(std::int32_t one, std::int32_t other) noexcept {
  return (one * other + 16'384) >> 15;
}

/// Linear light of an sRGB value in 128ths of an 8-bit step, 0 to `linear_one`. Never fails.
[[nodiscard]] constexpr std::int16_t linear_at(std::int32_t srgb) noexcept {
  if (srgb <= linear_straight) return static_cast<std::int16_t>(rounded_product(srgb, linear_slope));
  std::int32_t value = linear_polynomial.back();
  for (std::size_t power = linear_polynomial.size() - 1; power-- > 0;) {
    value = rounded_product(value, srgb) + linear_polynomial[power];
  }
  return static_cast<std::int16_t>(value);
}

/// Linear light of each 8-bit sRGB sample.
[[nodiscard]] const std::array<std::int16_t, 256>& linear_of_srgb() noexcept;

/// The nearest 8-bit sRGB sample of each linear light from 0 to `linear_one`.
[[nodiscard]] const std::array<std::uint8_t, linear_one + 1>& srgb_of_linear() noexcept;

/// What an 8-bit alpha takes away, as a factor of 15 bits. Never fails.
[[nodiscard]] constexpr std::int32_t absence_of(std::uint8_t alpha) noexcept {
  const std::int32_t absent = 255 - alpha;
  return (absent << 7) + (absent >> 1);
}

/// From an alpha of 0 to `linear_one` to the nearest of 8 bits. Never fails.
[[nodiscard]] constexpr std::uint8_t alpha_of_linear(std::int32_t alpha) noexcept {
  return static_cast<std::uint8_t>((alpha + 64) >> 7);
}

}  // namespace locket::raster
