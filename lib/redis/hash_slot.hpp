#pragma once

#include <cstdint>
#include <string_view>

namespace locket::redis {

inline constexpr std::uint16_t hash_slots = 16'384;

/// The hash slot of a key, as the Redis Cluster specification says: CRC-16 (XMODEM) of what stands between the first
/// `{` and the first `}` after it, or of the whole key where nothing does. Never fails. Any thread.
[[nodiscard]] std::uint16_t hash_slot(std::string_view key) noexcept;

}  // namespace locket::redis
