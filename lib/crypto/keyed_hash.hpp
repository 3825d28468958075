#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "locket/bytes.hpp"

namespace locket::crypto {

/// The 128 bits that a `KeyedHash` gives.
using KeyedTag = std::array<std::uint8_t, 16>;

/// Tells byte strings apart that strangers choose, five times faster than SHA-256 without instructions for it: Poly1305
/// (RFC 8439, section 2.5) under a random key that only this object knows. Two different strings of at most n bytes
/// have the same tag with a probability of at most 8 * ceil(n / 16) / 2^106 (Bernstein, The Poly1305-AES
/// message-authentication code, 2005, theorem 3.3), whoever chose them, as long as no tag becomes known: a tag must not
/// leave the process, nor decide anything that is told. For memory only: another object gives other tags. Our own
/// arithmetic, for OpenSSL's needs a context for each thread, which would have to outlive whatever still asks while a
/// thread or the process ends.
class KeyedHash {
 public:
  using Key = std::array<std::uint8_t, 32>;

  /// A number below 2^130, for the arithmetic within.
  using Limbs = std::array<std::uint64_t, 3>;

  /// Takes a fresh key from OpenSSL's generator. Throws std::bad_alloc where it gives none.
  KeyedHash();

  /// Takes a key that is known, for tests.
  explicit KeyedHash(const Key& key) noexcept;

  KeyedHash(const KeyedHash&) = delete;
  KeyedHash& operator=(const KeyedHash&) = delete;
  /// Wipes the key.
  ~KeyedHash();

  /// The tag of some bytes. Never fails, allocates nothing. Any thread. Cost: some 40 ns, and half a one a byte.
  [[nodiscard]] KeyedTag hash(BytesView bytes) const noexcept { return hash(bytes, {}); }

  /// The tag of two pieces, one behind the other.
  [[nodiscard]] KeyedTag hash(BytesView first, BytesView second) const noexcept;

 private:
  void take(const Key& key) noexcept;

  Limbs multiplier_{};                     // r of the RFC
  Limbs square_{};                         // of it
  std::array<std::uint64_t, 2> addend_{};  // s of the RFC
};

}  // namespace locket::crypto
