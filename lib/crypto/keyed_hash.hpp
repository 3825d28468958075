#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "locket/bytes.hpp"

namespace locket::crypto {

/// The 128 bits that a `KeyedHash` gives.
using KeyedTag = std::array<std::uint8_t, 16>;

/// Tells byte strings apart that strangers choose, several times faster than SHA-256: Poly1305 (RFC 8439, section 2.5)
/// under a random key that only this object knows. Two different strings of at most n bytes have the same tag with a
/// probability of at most 8 * ceil(n / 16) / 2^106 (Bernstein, The Poly1305-AES message-authentication code, 2005,
/// theorem 3.3), whoever chose them, as long as no tag becomes known: a tag must not leave the process, nor decide
/// anything that is told. For memory only: another object gives other tags.
class KeyedHash {
 public:
  /// Takes a fresh key from OpenSSL's generator. Never fails.
  KeyedHash() noexcept;
  KeyedHash(const KeyedHash&) = delete;
  KeyedHash& operator=(const KeyedHash&) = delete;
  /// Wipes the key.
  ~KeyedHash();

  /// The tag of some bytes. Never fails: where OpenSSL has no Poly1305 (its FIPS provider), no memory for it or no
  /// random key, the tag is the first half of the SHA-256 of the key and the bytes. Any thread; a thread's first call
  /// allocates. Cost: 0.15 to 0.3 us for 900 bytes, or else that of SHA-256.
  [[nodiscard]] KeyedTag hash(BytesView bytes) const noexcept { return hash(bytes, {}); }

  /// The tag of two pieces, one behind the other.
  [[nodiscard]] KeyedTag hash(BytesView first, BytesView second) const noexcept;

 private:
  std::array<std::byte, 32> key_{};
  bool has_key_ = false;
};

}  // namespace locket::crypto
