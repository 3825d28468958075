#include <gtest/gtest.h>

#include <limits>

#include "crypto/sha256.hpp"
#include "locket/token.hpp"
#include "policy/base64url.hpp"
#include "policy/json.hpp"
#include "policy/key_set.hpp"
#include "token_maker.hpp"

namespace locket {
namespace {

using policy::HandClock;

std::string claims_of_request(const HandClock& clock) {
  return make_claims({.user = "user-1", .client_id = "client-1", .issuer = "https://ims.example", .audience = "api"},
                     clock.wall);
}

policy::JsonDocument parse(std::string_view text) {
  auto document = policy::parse_json(text, {.bytes_max = 100'000, .depth_max = 10, .values_max = 1'000});
  EXPECT_TRUE(document) << text;
  return std::move(*document);
}

class SigningKeyOf : public testing::TestWithParam<Algorithm> {};

TEST_P(SigningKeyOf, SignsWhatItsJwksVerifies) {
  HandClock clock;
  const auto key = SigningKey::generate(GetParam());
  ASSERT_TRUE(key) << key.error().detail;
  auto verifier = make_jwks_token_verifier({}, make_static_key_source(key->to_jwks()), {}, clock);
  ASSERT_TRUE(verifier) << verifier.error().detail;
  const auto token = key->sign(claims_of_request(clock));
  ASSERT_TRUE(token);
  const auto identity = (*verifier)->verify(*token, clock.wall);
  ASSERT_TRUE(identity) << identity.error().detail;
  EXPECT_EQ(identity->user(), "user-1");
  EXPECT_EQ(identity->client_id(), "client-1");
  EXPECT_EQ(identity->expires_at().seconds, clock.wall.seconds + 3'600);
}

TEST(SigningKey, IsOfAKnownAlgorithm) {
  const auto unknown = static_cast<Algorithm>(9);
  EXPECT_EQ(SigningKey::generate(unknown).error().code, Code::key_invalid);
  const std::string pem = SigningKey::generate(Algorithm::rs256).value().to_pem();
  EXPECT_EQ(SigningKey::from_pem(pem, unknown).error().code, Code::key_invalid);
}

TEST_P(SigningKeyOf, CanBeReplaced) {
  HandClock clock;
  SigningKey key = SigningKey::generate(Algorithm::es256).value();
  SigningKey other = SigningKey::generate(GetParam()).value();
  const std::string jwks = other.to_jwks();
  key = std::move(other);
  EXPECT_EQ(key.to_jwks(), jwks);
  const auto verifier = make_jwks_token_verifier({}, make_static_key_source(jwks), {}, clock).value();
  EXPECT_TRUE(verifier->verify(key.sign(claims_of_request(clock)).value(), clock.wall));
}

TEST_P(SigningKeyOf, IsTheSameAfterPem) {
  const auto key = SigningKey::generate(GetParam());
  ASSERT_TRUE(key);
  const std::string pem = key->to_pem();
  EXPECT_TRUE(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
  const auto again = SigningKey::from_pem(pem, GetParam());
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(again->to_jwks(), key->to_jwks());
  EXPECT_EQ(again->to_pem(), pem);
}

TEST_P(SigningKeyOf, ShowsNoPrivatePartInItsJwks) {
  const auto key = SigningKey::generate(GetParam());
  ASSERT_TRUE(key);
  const auto document = parse(key->to_jwks());
  const policy::JsonValue jwk = *document.root().find("keys").begin();
  for (const char* name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) EXPECT_FALSE(jwk.find(name)) << name;
  EXPECT_EQ(jwk.find("use").string(), "sig");
}

TEST_P(SigningKeyOf, RefusesClaimsThatAreNoStrictObject) {
  const auto key = SigningKey::generate(GetParam());
  ASSERT_TRUE(key);
  for (const char* claims : {"", "[]", "1", "{", R"({"a":1,"a":2})", "{}x"}) {
    const auto token = key->sign(claims);
    ASSERT_FALSE(token) << claims;
    EXPECT_EQ(token.error().code, Code::json_invalid);
  }
  EXPECT_FALSE(key->sign(R"({"a":")" + std::string(70'000, 'x') + "\"}"));
}

std::string name_of(const testing::TestParamInfo<Algorithm>& tested) {
  return std::string(policy::algorithm_name(tested.param));
}

INSTANTIATE_TEST_SUITE_P(EachAlgorithm, SigningKeyOf,
                         testing::Values(Algorithm::rs256, Algorithm::ps256, Algorithm::es256), name_of);

// The key and thumbprint of RFC 7638 section 3.1 have no private part, so the rule is held on our own key.
TEST(SigningKey, NamesItsKeyByTheThumbprintOfRfc7638) {
  const auto key = SigningKey::generate(Algorithm::es256);
  ASSERT_TRUE(key);
  const auto document = parse(key->to_jwks());
  const policy::JsonValue jwk = *document.root().find("keys").begin();
  const std::string canonical = R"({"crv":"P-256","kty":"EC","x":")" + std::string(*jwk.find("x").string()) +
                                R"(","y":")" + std::string(*jwk.find("y").string()) + "\"}";
  const auto digest = crypto::sha256(as_bytes(canonical));
  EXPECT_EQ(jwk.find("kid").string(), policy::encode_base64url(std::as_bytes(std::span(digest))));
}

TEST(SigningKey, TakesTheAlgorithmOfTheKindOfKeyWhenNoneIsNamed) {
  const auto rsa = SigningKey::generate(Algorithm::ps256);
  const auto p256 = SigningKey::generate(Algorithm::es256);
  ASSERT_TRUE(rsa && p256);
  EXPECT_NE(SigningKey::from_pem(rsa->to_pem())->to_jwks().find("RS256"), std::string::npos);
  EXPECT_NE(SigningKey::from_pem(p256->to_pem())->to_jwks().find("ES256"), std::string::npos);
  EXPECT_FALSE(SigningKey::from_pem(rsa->to_pem(), Algorithm::es256));
  EXPECT_FALSE(SigningKey::from_pem(p256->to_pem(), Algorithm::rs256));
}

TEST(SigningKey, RefusesAPemThatIsNoUsablePrivateKey) {
  const std::string pem = SigningKey::generate(Algorithm::es256)->to_pem();
  std::string damaged = pem;
  damaged[40] = damaged[40] == 'A' ? 'B' : 'A';
  for (const std::string& text :
       {std::string(), std::string("garbage"), pem.substr(0, pem.size() / 2), pem + std::string(70'000, ' '), damaged,
        std::string("-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n"),
        std::string("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMFkw\n-----END ENCRYPTED PRIVATE KEY-----\n"),
        std::string("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n")}) {
    const auto key = SigningKey::from_pem(text);
    ASSERT_FALSE(key) << text;
    EXPECT_EQ(key.error().code, Code::key_invalid);
  }
}

TEST(MadeClaims, AreWrittenInBentleysForm) {
  EXPECT_EQ(
      make_claims(
          {.user = "u\"1", .client_id = "c", .issuer = "i", .audience = "a", .scopes = {"s", "t"}, .expires_in_s = 60},
          {1'000}),
      R"({"iss":"i","sub":"u\"1","client_id":"c","aud":"a","scope":["s","t"],"iat":1000,"nbf":1000,"exp":1060})");
}

TEST(MadeClaims, HoldForEverWhereTimeEnds) {
  constexpr std::int64_t last = std::numeric_limits<std::int64_t>::max();
  const std::string claims = make_claims({.user = "u", .client_id = "c"}, {last - 5});
  EXPECT_NE(claims.find("\"exp\":" + std::to_string(last)), std::string::npos) << claims;
}

TEST(SigningKey, ThatWasMovedAwaySignsNothing) {
  auto key = SigningKey::generate(Algorithm::es256).value();
  const SigningKey other = std::move(key);
  EXPECT_EQ(key.sign("{}").error().code, Code::argument_invalid);  // NOLINT: it is what is tested
  EXPECT_TRUE(key.to_pem().empty() && key.to_jwks().empty());
  EXPECT_TRUE(other.sign("{}"));
}

TEST(MadeClaims, LeaveOutAnEmptyIssuerAndAudienceAndMendText) {
  const auto document = parse(make_claims({.user = "\xFF", .client_id = "c", .issuer = "", .audience = ""}, {1}));
  EXPECT_FALSE(document.root().find("iss"));
  EXPECT_FALSE(document.root().find("aud"));
  EXPECT_EQ(document.root().find("sub").string(), "\xEF\xBF\xBD");
}

}  // namespace
}  // namespace locket
