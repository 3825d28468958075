#include "policy/key_set.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "policy/base64url.hpp"
#include "policy/json.hpp"

namespace locket::policy {
namespace {

constexpr std::array<std::pair<Algorithm, std::string_view>, 3> names{{
    {Algorithm::rs256, "RS256"},
    {Algorithm::ps256, "PS256"},
    {Algorithm::es256, "ES256"},
}};

// RFC 7518 sections 6.2.2, 6.3.2 and 6.4: what only a private or secret key has.
constexpr std::array<std::string_view, 8> private_members{"d", "p", "q", "dp", "dq", "qi", "oth", "k"};

bool is_for_verifying(const JsonValue& jwk) {
  if (const JsonValue use = jwk.find("use"); use && use.string() != "sig") return false;
  const JsonValue operations = jwk.find("key_ops");
  if (!operations) return true;
  if (operations.kind() != JsonKind::array) return false;
  return std::any_of(operations.begin(), operations.end(),
                     [](const JsonValue& operation) { return operation.string() == "verify"; });
}

// The algorithm that a key is for, whatever a token says.
std::optional<Algorithm> bound_algorithm(const JsonValue& jwk, bool rsa, const TokenRules& rules) {
  std::optional<Algorithm> algorithm;
  if (const JsonValue named = jwk.find("alg")) {
    const auto name = named.string();
    if (name) algorithm = parse_algorithm(*name);
  } else if (!rsa) {
    algorithm = Algorithm::es256;
  } else {
    algorithm = rules.rs256 ? Algorithm::rs256 : Algorithm::ps256;
  }
  const bool fits = algorithm && rsa == (*algorithm != Algorithm::es256) && is_allowed(rules, *algorithm);
  return fits ? algorithm : std::nullopt;
}

std::optional<std::string> number(const JsonValue& jwk, std::string_view name) {
  const auto text = jwk.find(name).string();
  const auto encoded = text ? Base64url::parse(*text) : std::nullopt;
  if (!encoded) return std::nullopt;
  return encoded->decode();
}

std::optional<crypto::PublicKey> read_key(const JsonValue& jwk, const TokenRules& rules) {
  for (const std::string_view name : private_members) {
    if (jwk.find(name)) return std::nullopt;
  }
  const auto type = jwk.find("kty").string();
  const bool rsa = type == "RSA";
  if ((!rsa && (type != "EC" || jwk.find("crv").string() != "P-256")) || !is_for_verifying(jwk)) return std::nullopt;
  const auto algorithm = bound_algorithm(jwk, rsa, rules);
  const auto first = number(jwk, rsa ? "n" : "x");
  const auto second = number(jwk, rsa ? "e" : "y");
  if (!algorithm || !first || !second) return std::nullopt;
  auto key = rsa ? crypto::PublicKey::from_rsa({as_bytes(*first), as_bytes(*second)}, *algorithm)
                 : crypto::PublicKey::from_p256({as_bytes(*first), as_bytes(*second)});
  if (!key) return std::nullopt;
  return std::move(*key);
}

// What makes two keys of one type the same key.
std::string numbers_of(const JsonValue& jwk) {
  std::string numbers;
  for (const std::string_view name : {"n", "e", "x", "y"}) {
    numbers.append(jwk.find(name).string().value_or(std::string_view())).push_back('.');
  }
  return numbers;
}

}  // namespace

std::optional<Algorithm> parse_algorithm(std::string_view name) noexcept {
  for (const auto& [algorithm, known] : names) {
    if (known == name) return algorithm;
  }
  return std::nullopt;
}

std::string_view algorithm_name(Algorithm algorithm) noexcept {
  for (const auto& [known, name] : names) {
    if (known == algorithm) return name;
  }
  return "unknown";
}

bool is_allowed(const TokenRules& rules, Algorithm algorithm) noexcept {
  switch (algorithm) {
    case Algorithm::rs256: return rules.rs256;
    case Algorithm::ps256: return rules.ps256;
    case Algorithm::es256: return rules.es256;
  }
  return false;
}

Result<void> KeySet::add(const JsonValue& jwk, const TokenRules& rules, const Limits& limits) {
  const JsonValue kid = jwk.find("kid");
  const bool has_sound_kid = !kid || (kid.string() && kid.string()->size() <= limits.identifier_bytes_max);
  auto key = has_sound_kid ? read_key(jwk, rules) : std::nullopt;
  if (!key) {
    ++passed_over_;
    return {};
  }
  std::optional<std::string> id;
  if (kid) id = *kid.string();
  std::string numbers = numbers_of(jwk);
  for (const Entry& entry : keys_) {
    if (entry.kid != id || entry.key.algorithm() != key->algorithm()) continue;
    if (entry.numbers == numbers) {
      ++passed_over_;
      return {};
    }
    // Which of both a token means nobody could tell. A token without a `kid` means neither of several anyway.
    if (id) return fail(Code::key_invalid, "the key set has two different keys of one id and algorithm");
  }
  keys_.push_back({std::move(id), std::move(*key), std::move(numbers)});
  return {};
}

Result<KeySet> KeySet::parse(std::string_view jwks, const TokenRules& rules, const Limits& limits) {
  const JsonLimits json_limits{
      .bytes_max = limits.jwks_bytes_max, .depth_max = limits.json_depth_max, .values_max = limits.jwks_bytes_max};
  const auto document = parse_json(jwks, json_limits);
  if (!document) return fail(document.error().code, "the key set: " + document.error().detail);
  const JsonValue keys = document->root().find("keys");
  if (keys.kind() != JsonKind::array) return fail(Code::json_invalid, "the key set has no array of keys");
  if (keys.size() > limits.jwks_keys_max) return fail(Code::key_invalid, "the key set has too many keys");
  KeySet set;
  for (const JsonValue jwk : keys) {
    if (auto added = set.add(jwk, rules, limits); !added) return std::unexpected(std::move(added.error()));
  }
  if (set.keys_.empty() && keys.size() > 0) return fail(Code::key_invalid, "the key set has no key that can be used");
  return set;
}

KeySet::Lookup KeySet::find(const std::optional<std::string>& kid, Algorithm algorithm) const noexcept {
  if (!kid) {
    if (keys_.size() != 1) return {Match::ambiguous, nullptr};
    const crypto::PublicKey& only = keys_.front().key;
    return only.algorithm() == algorithm ? Lookup{Match::found, &only} : Lookup{Match::wrong_algorithm, nullptr};
  }
  Match match = Match::unknown_kid;
  for (const Entry& entry : keys_) {
    if (entry.kid != kid) continue;
    if (entry.key.algorithm() == algorithm) return {Match::found, &entry.key};
    match = Match::wrong_algorithm;
  }
  return {match, nullptr};
}

}  // namespace locket::policy
