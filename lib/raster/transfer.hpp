#pragma once

#include <array>
#include <cstdint>

namespace locket::raster {

/// Linear light and alpha as whole numbers: 0 to `linear_one`.
inline constexpr std::int32_t linear_one = 32'767;

/// What is subtracted from linear light between the vertical and the horizontal pass, so that what overshoots on
/// either side still fits 16 bits: values from -0.5 to 1.5 can be held.
inline constexpr std::int32_t linear_bias = 16'384;

/// From an 8-bit sRGB sample to linear light.
[[nodiscard]] const std::array<std::int16_t, 256>& linear_of_srgb() noexcept;

/// From linear light, 0 to `linear_one`, to the nearest 8-bit sRGB sample.
[[nodiscard]] const std::array<std::uint8_t, 32'768>& srgb_of_linear() noexcept;

/// From an 8-bit alpha to 0 .. `linear_one`, to the nearest.
[[nodiscard]] constexpr std::int32_t linear_of_alpha(std::uint8_t alpha) noexcept {
  return (alpha * linear_one + 127) / 255;
}

/// From an alpha of 0 .. `linear_one` to the nearest of 8 bits.
[[nodiscard]] constexpr std::uint8_t alpha_of_linear(std::int32_t alpha) noexcept {
  return static_cast<std::uint8_t>((alpha * 255 + linear_one / 2) / linear_one);
}

}  // namespace locket::raster
