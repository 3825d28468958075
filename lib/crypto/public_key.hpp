#pragma once

#include <memory>

#include "locket/bytes.hpp"
#include "locket/error.hpp"
#include "locket/token.hpp"

namespace locket::crypto {

/// The numbers of an RSA public key, big-endian.
struct RsaPublicNumbers {
  BytesView modulus;
  BytesView exponent;
};

/// A point of P-256, big-endian, 32 bytes each.
struct P256Point {
  BytesView x;
  BytesView y;
};

/// A public key together with the one algorithm it is for (RFC 8725 section 3.1).
class PublicKey {
 public:
  /// Makes an RSA key. Inputs: the numbers, without leading zero bytes, and RS256 or PS256.
  /// Result: the key; `key_invalid` unless the modulus is odd and of 2,048 to 8,192 bits, and the exponent odd,
  /// above 65,536 (FIPS 186-5 section A.1.1) and of at most 64 bits.
  [[nodiscard]] static Result<PublicKey> from_rsa(const RsaPublicNumbers& numbers, Algorithm algorithm);

  /// Makes an ES256 key. Result: the key; `key_invalid` unless both numbers have 32 bytes and the point lies on the
  /// curve and is not the point at infinity.
  [[nodiscard]] static Result<PublicKey> from_p256(const P256Point& point);

  PublicKey(PublicKey&&) noexcept;
  PublicKey& operator=(PublicKey&&) noexcept;
  ~PublicKey();

  /// The algorithm it is for.
  [[nodiscard]] Algorithm algorithm() const noexcept;

  /// Whether `signature`, in the form of RFC 7518 section 3, is this key's signature of `message`.
  /// RSA: exactly as long as the modulus. PS256: MGF1 with SHA-256 and a salt of 32 bytes. ES256: both numbers, 64
  /// bytes. False as well when memory is out. Any thread. Cost: one verification, tens of microseconds.
  [[nodiscard]] bool verifies(BytesView message, BytesView signature) const noexcept;

 private:
  struct State;
  explicit PublicKey(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace locket::crypto
