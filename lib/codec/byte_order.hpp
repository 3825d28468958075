#pragma once

#include <cstdint>

namespace locket::codec {

/// Reads 2 bytes, the most significant first. `at` must have 2 bytes. Never fails.
[[nodiscard]] constexpr std::uint16_t load_be16(const std::uint8_t* at) noexcept {
  return static_cast<std::uint16_t>(at[0] << 8 | at[1]);
}

/// Reads 4 bytes, the most significant first. `at` must have 4 bytes. Never fails.
[[nodiscard]] constexpr std::uint32_t load_be32(const std::uint8_t* at) noexcept {
  return static_cast<std::uint32_t>(at[0]) << 24 | static_cast<std::uint32_t>(at[1]) << 16 |
         static_cast<std::uint32_t>(at[2]) << 8 | at[3];
}

/// Reads 2 bytes, the least significant first. `at` must have 2 bytes. Never fails.
[[nodiscard]] constexpr std::uint16_t load_le16(const std::uint8_t* at) noexcept {
  return static_cast<std::uint16_t>(at[1] << 8 | at[0]);
}

/// Reads 4 bytes, the least significant first. `at` must have 4 bytes. Never fails.
[[nodiscard]] constexpr std::uint32_t load_le32(const std::uint8_t* at) noexcept {
  return static_cast<std::uint32_t>(at[3]) << 24 | static_cast<std::uint32_t>(at[2]) << 16 |
         static_cast<std::uint32_t>(at[1]) << 8 | at[0];
}

}  // namespace locket::codec
