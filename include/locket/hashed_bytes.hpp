#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "locket/bytes.hpp"
#include "locket/export.hpp"

namespace locket {

/// SHA-256 of a stored PNG: its identity.
using Sha256 = std::array<std::uint8_t, 32>;

/// Shared bytes with the digests that were computed of them, once, when this was made. Nobody else can say what the
/// digests are, so that whoever takes it need not compute the SHA-256 again. Copying costs an atomic increment and 48
/// bytes; any thread may read.
class LOCKET_API HashedBytes : public SharedBytes {
 public:
  /// No bytes, and digests that are all zeros.
  HashedBytes() = default;

  /// Shares `bytes` and computes their digests. Never fails. Cost: SHA-256 and XXH3-128 of the bytes.
  explicit HashedBytes(SharedBytes bytes) noexcept;

  /// SHA-256 (FIPS 180-4) of the bytes. Lives as long as this object.
  [[nodiscard]] const Sha256& sha256() const noexcept { return sha256_; }

  /// XXH3-128 of the bytes, in its canonical (big-endian) form. Lives as long as this object.
  [[nodiscard]] const std::array<std::uint8_t, 16>& checksum() const noexcept { return checksum_; }

  /// Whether the bytes still are those of which the digests were computed, and not damaged in memory meanwhile or
  /// written by an owner who promised not to. Compares the checksum. Never fails. Cost: XXH3-128 of the bytes.
  [[nodiscard]] bool is_intact() const noexcept;

 private:
  Sha256 sha256_{};
  std::array<std::uint8_t, 16> checksum_{};
};

}  // namespace locket
