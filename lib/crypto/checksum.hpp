#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "locket/bytes.hpp"
#include "locket/guid.hpp"

namespace locket::crypto {

/// XXH3-128 of a picture's bytes, in its canonical (big-endian) form: proves that what was read is what was written.
/// Not proof against a forger; SHA-256 is the identity.
using Checksum = std::array<std::uint8_t, 16>;

/// Computes it. Never fails, allocates nothing. Any thread. Cost: about as long as copying the bytes.
[[nodiscard]] Checksum checksum(BytesView bytes) noexcept;

/// Collects the columns of a row into one digest. Each text goes in with its length, so that no two rows of
/// different columns collect the same bytes. Never fails, allocates nothing.
class Sealer {
 public:
  /// Starts with nothing.
  Sealer() noexcept;
  Sealer(const Sealer&) = delete;
  Sealer& operator=(const Sealer&) = delete;

  /// Adds bytes.
  Sealer& add(BytesView value) noexcept;
  /// Adds text.
  Sealer& add(std::string_view value) noexcept { return add(as_bytes(value)); }
  /// Adds an integer.
  Sealer& add(std::int64_t value) noexcept;
  /// Adds a GUID.
  Sealer& add(const Guid& value) noexcept { return add(value.bytes); }
  /// Adds bytes of a fixed count.
  template <std::size_t count>
  Sealer& add(const std::array<std::uint8_t, count>& value) noexcept {
    return add(BytesView(reinterpret_cast<const std::byte*>(value.data()), count));
  }

  /// The 64-bit digest of all that was added.
  [[nodiscard]] std::int64_t seal() const noexcept;
  /// The 128-bit digest of all that was added.
  [[nodiscard]] Checksum checksum() const noexcept;

 private:
  alignas(64) std::array<std::byte, 576> state_;
};

}  // namespace locket::crypto
