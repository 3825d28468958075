#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/public_key.hpp"
#include "locket/error.hpp"
#include "locket/limits.hpp"
#include "locket/token.hpp"

namespace locket::policy {

class JsonValue;

/// The public keys of one JWKS document (RFC 7517), each bound to one algorithm. Never changes; any thread.
class KeySet {
 public:
  /// Reads a document. Inputs: its text; the rules, whose algorithms are the only ones; the limits.
  /// A key is bound to its `alg`; without one, an RSA key to RS256 (to PS256 where that alone is allowed) and a P-256
  /// key to ES256. As RFC 7517 section 5 asks, a key that can't be used is passed over: another type, curve, `use`,
  /// `key_ops` or algorithm, a number that is missing or not sound, or private parts beside it; and a key that stands
  /// there twice.
  /// Result: the set, empty where the document has no key; `json_invalid` when the text is not a strict JSON object
  /// with an array `keys`; `key_invalid` when it has too many keys, none of them can be used, or two different ones
  /// have the same `kid` and algorithm. Cost: some hundred microseconds a key.
  [[nodiscard]] static Result<KeySet> parse(std::string_view jwks, const TokenRules& rules, const Limits& limits);

  /// What the set says of a token's `kid` and algorithm.
  enum class Match { found, unknown_kid, wrong_algorithm, ambiguous };
  struct Lookup {
    Match match;
    const crypto::PublicKey* key;  ///< lives as long as the set; null unless found
  };

  /// Finds the key for a token. Without a `kid` there is one only where the set has a single key.
  [[nodiscard]] Lookup find(const std::optional<std::string>& kid, Algorithm algorithm) const noexcept;

  /// How many keys can be used.
  [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }

  /// How many keys of the document were passed over.
  [[nodiscard]] std::size_t passed_over() const noexcept { return passed_over_; }

 private:
  struct Entry {
    std::optional<std::string> kid;
    crypto::PublicKey key;
    std::string numbers;  ///< as the document has them
  };

  Result<void> add(const JsonValue& jwk, const TokenRules& rules, const Limits& limits);

  std::vector<Entry> keys_;
  std::size_t passed_over_ = 0;
};

/// The algorithm of a JOSE name, compared exactly; nothing for any other name.
[[nodiscard]] std::optional<Algorithm> parse_algorithm(std::string_view name) noexcept;

/// The JOSE name of an algorithm. Static.
[[nodiscard]] std::string_view algorithm_name(Algorithm algorithm) noexcept;

/// Whether the rules allow an algorithm.
[[nodiscard]] bool is_allowed(const TokenRules& rules, Algorithm algorithm) noexcept;

}  // namespace locket::policy
