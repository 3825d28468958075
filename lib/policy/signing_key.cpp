#include <new>
#include <nlohmann/json.hpp>
#include <utility>

#include "crypto/private_key.hpp"
#include "crypto/sha256.hpp"
#include "locket/token.hpp"
#include "policy/base64url.hpp"
#include "policy/json.hpp"
#include "policy/key_set.hpp"

namespace locket {
namespace {

using Json = nlohmann::ordered_json;

// The claims may be somewhat larger than a token that a verifier takes; the verifier has its own limit.
constexpr policy::JsonLimits claims_limits{.bytes_max = 65'536, .depth_max = 32, .values_max = 65'536};

// RFC 7638 section 3.2: the required members of a public key in the order of their names.
Json required_members(const crypto::PrivateKey& key) {
  const auto numbers = key.public_numbers();
  const std::string first = policy::encode_base64url(numbers.first);
  const std::string second = policy::encode_base64url(numbers.second);
  if (key.algorithm() == Algorithm::es256) return {{"crv", "P-256"}, {"kty", "EC"}, {"x", first}, {"y", second}};
  return {{"e", second}, {"kty", "RSA"}, {"n", first}};
}

// Text that is not UTF-8 is written with replacement characters: an error here would have to be thrown.
std::string write(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string encode(std::string_view text) { return policy::encode_base64url(as_bytes(text)); }

}  // namespace

struct SigningKey::State {
  crypto::PrivateKey key;
  std::string header;  // encoded
  std::string jwks;
};

namespace {

template <class State>
std::unique_ptr<State> describe(crypto::PrivateKey key) {
  Json jwk = required_members(key);
  const auto thumbprint = crypto::sha256(as_bytes(write(jwk)));
  const std::string kid = policy::encode_base64url(std::as_bytes(std::span(thumbprint)));
  const std::string name(policy::algorithm_name(key.algorithm()));
  jwk["alg"] = name;
  jwk["use"] = "sig";
  jwk["kid"] = kid;
  const Json header{{"alg", name}, {"kid", kid}, {"typ", "at+jwt"}};
  return std::make_unique<State>(
      State{std::move(key), encode(write(header)), write(Json{{"keys", Json::array({jwk})}})});
}

}  // namespace

SigningKey::SigningKey(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

Result<SigningKey> SigningKey::generate(Algorithm algorithm) try {
  auto key = crypto::PrivateKey::generate(algorithm);
  if (!key) return std::unexpected(std::move(key.error()));
  return SigningKey(describe<State>(std::move(*key)));
} catch (...) {
  return std::unexpected<Error>(Error{Code::out_of_memory, {}});
}

Result<SigningKey> SigningKey::from_pem(std::string_view pem, std::optional<Algorithm> algorithm) try {
  auto key = crypto::PrivateKey::from_pem(pem, algorithm);
  if (!key) return std::unexpected(std::move(key.error()));
  return SigningKey(describe<State>(std::move(*key)));
} catch (...) {
  return std::unexpected<Error>(Error{Code::out_of_memory, {}});
}

std::string SigningKey::to_pem() const { return state_->key.to_pem(); }

std::string SigningKey::to_jwks() const { return state_->jwks; }

Result<std::string> SigningKey::sign(std::string_view claims_json) const try {
  auto claims = policy::parse_json(claims_json, claims_limits);
  if (!claims) return std::unexpected(std::move(claims.error()));
  if (claims->root().kind() != policy::JsonKind::object)
    return fail(Code::json_invalid, "the claims are not an object");
  std::string token = state_->header + '.' + encode(claims_json);
  auto signature = state_->key.sign(as_bytes(token));
  if (!signature) return std::unexpected(std::move(signature.error()));
  token += '.';
  token += policy::encode_base64url(*signature);
  return token;
} catch (...) {
  return std::unexpected<Error>(Error{Code::out_of_memory, {}});
}

std::string make_claims(const TokenRequest& request, UnixTime now) {
  Json claims;
  if (!request.issuer.empty()) claims["iss"] = request.issuer;
  claims["sub"] = request.user;
  claims["client_id"] = request.client_id;
  if (!request.audience.empty()) claims["aud"] = request.audience;
  claims["scope"] = request.scopes;
  claims["iat"] = now.seconds;
  claims["nbf"] = now.seconds;
  claims["exp"] = now.seconds + static_cast<std::int64_t>(request.expires_in_s);
  return write(claims);
}

}  // namespace locket
