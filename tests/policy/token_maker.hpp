#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/private_key.hpp"
#include "locket/clock.hpp"
#include "locket/token.hpp"

namespace locket::policy {

/// A clock that stands still until it is told otherwise.
class HandClock final : public Clock {
 public:
  UnixTime now() const noexcept override { return wall; }
  MonotonicTime monotonic_now() const noexcept override { return monotonic; }

  /// Lets time go on, for both clocks.
  void advance(std::int64_t seconds) noexcept {
    wall.seconds += seconds;
    monotonic.nanoseconds += seconds * 1'000'000'000;
  }

  UnixTime wall{1'800'000'000};
  MonotonicTime monotonic{0};
};

/// Makes tokens that no honest issuer would: any header, any payload, signed or not. One set of keys for all tests.
class TokenMaker {
 public:
  static const TokenMaker& shared();

  /// The key for an algorithm, and another one that no document names.
  const crypto::PrivateKey& key(Algorithm algorithm) const;
  const crypto::PrivateKey& stranger(Algorithm algorithm) const;

  /// One JWK of a public key; `members` are appended as they are (`,"kid":"a"`).
  static std::string jwk(const crypto::PrivateKey& key, std::string_view members);

  /// A document of JWKs.
  static std::string jwks(const std::vector<std::string>& keys);

  /// A document with all three keys, `kid` equal to the algorithm's name in lower case.
  std::string all_keys() const;

  /// Signs any header and payload, as bytes.
  static std::string sign(const crypto::PrivateKey& key, std::string_view header, std::string_view payload);

  /// Signs with HMAC-SHA-256 (RFC 2104), which no token of ours may carry.
  static std::string sign_hs256(std::string_view secret, std::string_view header, std::string_view payload);

  /// Header, dot, payload: what is to be signed.
  static std::string signing_input(std::string_view header, std::string_view payload);

  /// Claims that pass with the default rules at the time of `HandClock`.
  static std::string good_claims();

  /// A good token: RS256, `kid` "rs256".
  std::string good_token() const;

 private:
  TokenMaker();
  std::vector<crypto::PrivateKey> keys_;
  std::vector<crypto::PrivateKey> strangers_;
};

}  // namespace locket::policy
