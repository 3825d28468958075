#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "locket/bytes.hpp"
#include "locket/error.hpp"
#include "locket/token.hpp"

namespace locket::crypto {

/// A private key together with the one algorithm it is for.
class PrivateKey {
 public:
  /// Makes a new key: RSA of 2,048 bits or P-256. Fails with `key_invalid`. Cost: up to a second for RSA.
  [[nodiscard]] static Result<PrivateKey> generate(Algorithm algorithm);

  /// Reads an unencrypted PKCS#8 PEM text of at most 65,536 bytes; never asks for a passphrase. `algorithm` absent:
  /// RS256 for RSA, ES256 for P-256. Fails with `key_invalid`, also for RSA outside of 2,048 to 8,192 bits, another
  /// curve, or an algorithm that is not the key's.
  [[nodiscard]] static Result<PrivateKey> from_pem(std::string_view pem, std::optional<Algorithm> algorithm);

  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  ~PrivateKey();

  /// The algorithm it is for.
  [[nodiscard]] Algorithm algorithm() const noexcept;

  /// The key as unencrypted PKCS#8 PEM; empty when memory is out.
  [[nodiscard]] std::string to_pem() const;

  /// The two numbers of a public key, big-endian.
  struct PublicNumbers {
    Bytes first;   ///< modulus, or x
    Bytes second;  ///< exponent, or y
  };

  /// The public key: modulus and exponent without leading zero bytes, or x and y with 32 bytes each. Both empty when
  /// memory is out.
  [[nodiscard]] PublicNumbers public_numbers() const;

  /// Signs `message`. Result: the signature in the form of RFC 7518 section 3; `key_invalid` when that fails.
  /// Any thread.
  [[nodiscard]] Result<Bytes> sign(BytesView message) const;

 private:
  struct State;
  explicit PrivateKey(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace locket::crypto
