#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace locket::crypto {

/// Whether two tags are equal, in a time that does not depend on where they differ.
/// Never fails, allocates nothing. Any thread. Cost: a few nanoseconds.
[[nodiscard]] inline bool equal_constant_time(const std::array<std::uint8_t, 16>& one,
                                              const std::array<std::uint8_t, 16>& other) noexcept {
  const auto words = std::bit_cast<std::array<std::uint64_t, 2>>(one);
  const auto other_words = std::bit_cast<std::array<std::uint64_t, 2>>(other);
  std::uint64_t difference = 0;
  for (std::size_t i = 0; i < words.size(); ++i) difference |= words[i] ^ other_words[i];
  return difference == 0;
}

}  // namespace locket::crypto
