#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "locket/export.hpp"

namespace locket {

/// A GUID as iTwin uses it: 16 bytes in the order in which they are printed.
struct Guid {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const Guid&) const = default;
};

/// Reads a GUID of the form `2b382042-4a92-46a4-a3cf-db4b77085489`.
/// Input: exactly 36 characters, hyphens in their places, hexadecimal digits of either case; no braces, no blanks.
/// Result: the GUID, or nothing. Never fails otherwise, allocates nothing. Any thread.
[[nodiscard]] LOCKET_API std::optional<Guid> parse_guid(std::string_view text) noexcept;

/// Prints a GUID with lower case digits and hyphens, 36 characters. Any thread.
[[nodiscard]] LOCKET_API std::string to_string(const Guid& guid);

/// Makes the version 5 (SHA-1, name-based) UUID of a name, RFC 9562 section 5.5, within locket's own name space,
/// so that the same name gives the same id everywhere.
/// Input: any bytes, up to 4,096. Any thread.
[[nodiscard]] LOCKET_API Guid derive_guid(std::string_view name);

/// Hashes a GUID for tables in memory; not for an adversary's choice of keys.
struct GuidHash {
  /// Mixes both halves. Never fails.
  [[nodiscard]] std::size_t operator()(const Guid& guid) const noexcept {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      high = high << 8 | guid.bytes[i];
      low = low << 8 | guid.bytes[i + 8];
    }
    std::uint64_t mixed = (high ^ (low * 0x9E3779B97F4A7C15ULL)) * 0xD6E8FEB86659FD93ULL;
    return static_cast<std::size_t>(mixed ^ (mixed >> 32));
  }
};

}  // namespace locket
