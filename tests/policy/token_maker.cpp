#include "token_maker.hpp"

#include <gtest/gtest.h>

#include <array>
#include <utility>

#include "crypto/sha256.hpp"
#include "policy/base64url.hpp"

namespace locket::policy {
namespace {

crypto::PrivateKey make_key(Algorithm algorithm) {
  auto key = crypto::PrivateKey::generate(algorithm);
  if (!key) throw std::runtime_error("no key for the tests");
  return std::move(*key);
}

std::string encode(std::string_view text) { return encode_base64url(as_bytes(text)); }

std::string hmac_sha256(std::string_view secret, std::string_view message) {
  std::string block(64, '\0');
  if (secret.size() > block.size()) {
    const auto digest = crypto::sha256(as_bytes(secret));
    std::copy(digest.begin(), digest.end(), block.begin());
  } else {
    std::copy(secret.begin(), secret.end(), block.begin());
  }
  std::string inner = block;
  std::string outer = block;
  for (char& c : inner) c = static_cast<char>(c ^ 0x36);
  for (char& c : outer) c = static_cast<char>(c ^ 0x5C);
  const auto first = crypto::sha256(as_bytes(inner.append(message)));
  outer.append(reinterpret_cast<const char*>(first.data()), first.size());
  const auto second = crypto::sha256(as_bytes(outer));
  return {reinterpret_cast<const char*>(second.data()), second.size()};
}

}  // namespace

TokenMaker::TokenMaker() {
  for (const Algorithm algorithm : {Algorithm::rs256, Algorithm::ps256, Algorithm::es256}) {
    keys_.push_back(make_key(algorithm));
    strangers_.push_back(make_key(algorithm));
  }
}

const TokenMaker& TokenMaker::shared() {
  static const TokenMaker maker;
  return maker;
}

const crypto::PrivateKey& TokenMaker::key(Algorithm algorithm) const {
  return keys_.at(static_cast<std::size_t>(algorithm));
}

const crypto::PrivateKey& TokenMaker::stranger(Algorithm algorithm) const {
  return strangers_.at(static_cast<std::size_t>(algorithm));
}

std::string TokenMaker::jwk(const crypto::PrivateKey& key, std::string_view members) {
  const auto numbers = key.public_numbers();
  const bool rsa = key.algorithm() != Algorithm::es256;
  std::string text = rsa ? R"({"kty":"RSA","n":")" : R"({"kty":"EC","crv":"P-256","x":")";
  text += encode_base64url(numbers.first) + (rsa ? R"(","e":")" : R"(","y":")");
  return text + encode_base64url(numbers.second) + '"' + std::string(members) + '}';
}

std::string TokenMaker::jwks(const std::vector<std::string>& keys) {
  std::string text = R"({"keys":[)";
  for (std::size_t i = 0; i < keys.size(); ++i) text += (i == 0 ? "" : ",") + keys[i];
  return text + "]}";
}

std::string TokenMaker::all_keys() const {
  return jwks({jwk(key(Algorithm::rs256), R"(,"kid":"rs256","alg":"RS256","use":"sig")"),
               jwk(key(Algorithm::ps256), R"(,"kid":"ps256","alg":"PS256","use":"sig")"),
               jwk(key(Algorithm::es256), R"(,"kid":"es256","alg":"ES256","use":"sig")")});
}

std::string TokenMaker::signing_input(std::string_view header, std::string_view payload) {
  return encode(header) + '.' + encode(payload);
}

std::string TokenMaker::sign(const crypto::PrivateKey& key, std::string_view header, std::string_view payload) {
  const std::string input = signing_input(header, payload);
  const auto signature = key.sign(as_bytes(input));
  if (!signature) throw std::runtime_error("no signature for the tests");
  return input + '.' + encode_base64url(*signature);
}

std::string TokenMaker::sign_hs256(std::string_view secret, std::string_view header, std::string_view payload) {
  const std::string input = signing_input(header, payload);
  return input + '.' + encode(hmac_sha256(secret, input));
}

std::string TokenMaker::good_claims() {
  return R"({"iss":"https://ims.example","sub":"user-1","client_id":"client-1","aud":["https://api.example"],)"
         R"("scope":["openid","itwin-platform"],"iat":1799999990,"nbf":1799999990,"exp":1800003600})";
}

std::string TokenMaker::good_token() const {
  return sign(key(Algorithm::rs256), R"({"alg":"RS256","kid":"rs256","typ":"at+jwt"})", good_claims());
}

}  // namespace locket::policy
