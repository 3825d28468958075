#pragma once

#include <array>
#include <cstdint>

#include "locket/bytes.hpp"

namespace locket::crypto {

/// SHA-256 (FIPS 180-4) of some bytes. Never fails, allocates nothing. Any thread.
[[nodiscard]] std::array<std::uint8_t, 32> sha256(BytesView bytes) noexcept;

/// SHA-1 (FIPS 180-4), for names that others make with it (version 5 UUIDs, Redis's scripts), never for proof.
/// Never fails, allocates nothing. Any thread.
[[nodiscard]] std::array<std::uint8_t, 20> sha1(BytesView bytes) noexcept;

}  // namespace locket::crypto
