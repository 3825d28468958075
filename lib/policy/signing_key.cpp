#include <limits>
#include <new>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "crypto/private_key.hpp"
#include "crypto/sha256.hpp"
#include "locket/token.hpp"
#include "policy/base64url.hpp"
#include "policy/json.hpp"
#include "policy/key_set.hpp"

namespace locket {
namespace {

// The claims may be somewhat larger than a token that a verifier takes; the verifier has its own limit.
constexpr policy::JsonLimits claims_limits{.bytes_max = 65'536, .depth_max = 32, .values_max = 65'536};

/// Members of a JSON object one after the other, in their order.
class MemberWriter {
 public:
  MemberWriter& text(std::string_view name, std::string_view value) {
    return add(name, policy::write_json_string(value));
  }
  MemberWriter& number(std::string_view name, std::int64_t value) { return add(name, std::to_string(value)); }

  MemberWriter& texts(std::string_view name, const std::vector<std::string>& values) {
    std::string list;
    for (const std::string& value : values) {
      if (!list.empty()) list += ',';
      list += policy::write_json_string(value);
    }
    return add(name, '[' + list + ']');
  }

  [[nodiscard]] std::string object() const { return '{' + members_ + '}'; }

 private:
  MemberWriter& add(std::string_view name, std::string_view value) {
    if (!members_.empty()) members_ += ',';
    members_.append("\"").append(name).append("\":").append(value);
    return *this;
  }

  std::string members_;
};

// RFC 7638 section 3.2: the required members of a public key in the order of their names.
MemberWriter required_members(const crypto::PrivateKey& key) {
  const auto numbers = key.public_numbers();
  const std::string first = policy::encode_base64url(numbers.first);
  const std::string second = policy::encode_base64url(numbers.second);
  MemberWriter members;
  if (key.algorithm() == Algorithm::es256) {
    members.text("crv", "P-256").text("kty", "EC").text("x", first).text("y", second);
  } else {
    members.text("e", second).text("kty", "RSA").text("n", first);
  }
  return members;
}

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
  MemberWriter jwk = required_members(key);
  const auto thumbprint = crypto::sha256(as_bytes(jwk.object()));
  const std::string kid = policy::encode_base64url(std::as_bytes(std::span(thumbprint)));
  const std::string_view name = policy::algorithm_name(key.algorithm());
  jwk.text("alg", name).text("use", "sig").text("kid", kid);
  MemberWriter header;
  header.text("alg", name).text("kid", kid).text("typ", "at+jwt");
  return std::make_unique<State>(State{std::move(key), encode(header.object()), R"({"keys":[)" + jwk.object() + "]}"});
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

std::string SigningKey::to_pem() const try { return state_ ? state_->key.to_pem() : std::string(); } catch (...) {
  return {};
}

std::string SigningKey::to_jwks() const try { return state_ ? state_->jwks : std::string(); } catch (...) {
  return {};
}

Result<std::string> SigningKey::sign(std::string_view claims_json) const try {
  if (!state_) return fail(Code::argument_invalid, "the key was moved away");
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
  MemberWriter claims;
  if (!request.issuer.empty()) claims.text("iss", request.issuer);
  claims.text("sub", request.user).text("client_id", request.client_id);
  if (!request.audience.empty()) claims.text("aud", request.audience);
  claims.texts("scope", request.scopes).number("iat", now.seconds).number("nbf", now.seconds);
  std::int64_t expires = 0;
  if (__builtin_add_overflow(now.seconds, static_cast<std::int64_t>(request.expires_in_s), &expires)) {
    expires = std::numeric_limits<std::int64_t>::max();
  }
  claims.number("exp", expires);
  return claims.object();
}

}  // namespace locket
