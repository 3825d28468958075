#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "locket/token.hpp"
#include "policy/base64url.hpp"
#include "token_maker.hpp"

namespace locket::policy {
namespace {

// One way to end a token: what stands after the second dot.
struct Signer {
  std::string name;
  std::function<std::string(const std::string& header, const std::string& payload)> sign;
};

std::vector<Signer> make_signers(const TokenMaker& maker) {
  std::vector<Signer> signers;
  const auto with_key = [&](std::string name, const crypto::PrivateKey& key) {
    signers.push_back({std::move(name), [&key](const std::string& header, const std::string& payload) {
                         return TokenMaker::sign(key, header, payload);
                       }});
  };
  const auto with_secret = [&](std::string name, std::string secret) {
    signers.push_back(
        {std::move(name), [secret = std::move(secret)](const std::string& header, const std::string& payload) {
           return TokenMaker::sign_hs256(secret, header, payload);
         }});
  };
  const auto with_text = [&](std::string name, std::string signature) {
    signers.push_back(
        {std::move(name), [signature = std::move(signature)](const std::string& header, const std::string& payload) {
           return TokenMaker::signing_input(header, payload) + '.' + signature;
         }});
  };
  with_key("rs256", maker.key(Algorithm::rs256));
  with_key("ps256", maker.key(Algorithm::ps256));
  with_key("es256", maker.key(Algorithm::es256));
  with_key("stranger rs256", maker.stranger(Algorithm::rs256));
  with_key("stranger ps256", maker.stranger(Algorithm::ps256));
  with_key("stranger es256", maker.stranger(Algorithm::es256));
  // The keys that everybody knows, taken as the secret of a message authentication code.
  const auto numbers = maker.key(Algorithm::rs256).public_numbers();
  with_secret("hmac of the modulus", std::string(as_text(numbers.first)));
  with_secret("hmac of the JWK", TokenMaker::jwk(maker.key(Algorithm::rs256), ""));
  with_secret("hmac of the key set", maker.all_keys());
  with_secret("hmac of nothing", "");
  with_secret("hmac of a secret", "secret");
  with_text("empty", "");
  with_text("zeros", std::string(342, 'A'));
  with_text("short", "AAAA");
  return signers;
}

// As they stand in the header; an empty one is left out.
const std::vector<std::string> algorithms{
    "",
    R"("RS256")",
    R"("PS256")",
    R"("ES256")",
    R"("none")",
    R"("None")",
    R"("nOnE")",
    R"("")",
    "0",
    "256",
    "null",
    "true",
    R"(["RS256"])",
    R"({"a":"RS256"})",
    R"("HS256")",
    R"("HS384")",
    R"("HS512")",
    R"("RS384")",
    R"("RS512")",
    R"("PS384")",
    R"("PS512")",
    R"("ES384")",
    R"("ES512")",
    R"("ES256K")",
    R"("EdDSA")",
    R"("rs256")",
    R"("RS256 ")",
    R"(" RS256")",
    R"("RS257")",
    R"("RS256\u0000")",
    R"("SHA256withRSA")",
};

const std::vector<std::string> kids{
    "",
    R"("rs256")",
    R"("ps256")",
    R"("es256")",
    R"("wrong")",
    R"("")",
    R"("../../../etc/passwd")",
    R"("' OR '1'='1")",
    "1",
    "null",
    R"(["rs256"])",
    R"("RS256")",
    R"("rs256 ")",
    '"' + std::string(10'240, 'k') + '"',
};

TEST(TokenAlgorithm, OnlyTheThreePinnedPairsAreAcceptedOfAllCombinations) {
  const TokenMaker& maker = TokenMaker::shared();
  const HandClock clock;
  auto verifier = make_jwks_token_verifier({}, make_static_key_source(maker.all_keys()), {}, clock);
  ASSERT_TRUE(verifier);
  int cases = 0;
  int accepted = 0;
  for (const Signer& signer : make_signers(maker)) {
    for (const std::string& algorithm : algorithms) {
      for (const std::string& kid : kids) {
        std::string header = R"({"typ":"JWT")";
        if (!algorithm.empty()) header += ",\"alg\":" + algorithm;
        if (!kid.empty()) header += ",\"kid\":" + kid;
        const auto identity = (*verifier)->verify(signer.sign(header + '}', TokenMaker::good_claims()), clock.wall);
        const bool pinned = (signer.name == "rs256" && algorithm == R"("RS256")" && kid == R"("rs256")") ||
                            (signer.name == "ps256" && algorithm == R"("PS256")" && kid == R"("ps256")") ||
                            (signer.name == "es256" && algorithm == R"("ES256")" && kid == R"("es256")");
        EXPECT_EQ(identity.has_value(), pinned) << signer.name << ' ' << algorithm << ' ' << kid.substr(0, 40);
        EXPECT_TRUE(identity || identity.error().code == Code::token_rejected);
        ++cases;
        accepted += identity ? 1 : 0;
      }
    }
  }
  EXPECT_GE(cases, 1'000);
  EXPECT_EQ(accepted, 3);
  RecordProperty("cases", cases);
}

TEST(TokenAlgorithm, AKeyServesNoOtherAlgorithmThanItsOwnEvenIfTheNumbersFit) {
  const TokenMaker& maker = TokenMaker::shared();
  const HandClock clock;
  const crypto::PrivateKey& rsa = maker.key(Algorithm::rs256);
  const auto as_pss = crypto::PrivateKey::from_pem(rsa.to_pem(), Algorithm::ps256);
  ASSERT_TRUE(as_pss);
  auto verifier = make_jwks_token_verifier({}, make_static_key_source(maker.all_keys()), {}, clock);
  ASSERT_TRUE(verifier);
  const std::string token = TokenMaker::sign(*as_pss, R"({"alg":"PS256","kid":"rs256"})", TokenMaker::good_claims());
  EXPECT_FALSE((*verifier)->verify(token, clock.wall));
}

TEST(TokenAlgorithm, WhatTheRulesDoNotAllowIsRefusedThoughTheKeyIsThere) {
  const TokenMaker& maker = TokenMaker::shared();
  const HandClock clock;
  for (int allowed = 1; allowed < 8; ++allowed) {
    const TokenRules rules{.rs256 = (allowed & 1) != 0, .ps256 = (allowed & 2) != 0, .es256 = (allowed & 4) != 0};
    auto verifier = make_jwks_token_verifier(rules, make_static_key_source(maker.all_keys()), {}, clock);
    ASSERT_TRUE(verifier) << allowed;
    for (const auto& [algorithm, bit, header] : {std::tuple{Algorithm::rs256, 1, R"({"alg":"RS256","kid":"rs256"})"},
                                                 std::tuple{Algorithm::ps256, 2, R"({"alg":"PS256","kid":"ps256"})"},
                                                 std::tuple{Algorithm::es256, 4, R"({"alg":"ES256","kid":"es256"})"}}) {
      const std::string token = TokenMaker::sign(maker.key(algorithm), header, TokenMaker::good_claims());
      EXPECT_EQ((*verifier)->verify(token, clock.wall).has_value(), (allowed & bit) != 0) << allowed << header;
    }
  }
}

TEST(TokenAlgorithm, WithoutAKidTheOnlyKeyIsMeantAndNoneOfSeveral) {
  const TokenMaker& maker = TokenMaker::shared();
  const HandClock clock;
  const std::string token =
      TokenMaker::sign(maker.key(Algorithm::rs256), R"({"alg":"RS256"})", TokenMaker::good_claims());
  const std::string own = TokenMaker::jwk(maker.key(Algorithm::rs256), R"(,"alg":"RS256","kid":"a")");
  const std::string other = TokenMaker::jwk(maker.key(Algorithm::es256), R"(,"alg":"ES256","kid":"b")");
  const auto accepts = [&](const std::string& jwks, const std::string& text) {
    auto verifier = make_jwks_token_verifier({}, make_static_key_source(jwks), {}, clock);
    return verifier && (*verifier)->verify(text, clock.wall).has_value();
  };
  EXPECT_TRUE(accepts(TokenMaker::jwks({own}), token));
  EXPECT_FALSE(accepts(TokenMaker::jwks({own, other}), token));
  EXPECT_FALSE(accepts(TokenMaker::jwks({other}), token));
  // A key without a name is not found by one.
  const std::string unnamed = TokenMaker::jwk(maker.key(Algorithm::rs256), R"(,"alg":"RS256")");
  EXPECT_TRUE(accepts(TokenMaker::jwks({unnamed}), token));
  EXPECT_FALSE(accepts(TokenMaker::jwks({unnamed}), maker.good_token()));
}

struct HeaderCase {
  const char* members;  // beside alg and kid
  bool accepted;
};

class TokenHeader : public testing::TestWithParam<HeaderCase> {};

TEST_P(TokenHeader, IsJudgedAsTheTableSays) {
  const TokenMaker& maker = TokenMaker::shared();
  const HandClock clock;
  auto verifier = make_jwks_token_verifier({}, make_static_key_source(maker.all_keys()), {}, clock);
  ASSERT_TRUE(verifier);
  const std::string header = R"({"alg":"ES256","kid":"es256")" + std::string(GetParam().members) + '}';
  const std::string token = TokenMaker::sign(maker.key(Algorithm::es256), header, TokenMaker::good_claims());
  EXPECT_EQ((*verifier)->verify(token, clock.wall).has_value(), GetParam().accepted) << header;
}

INSTANTIATE_TEST_SUITE_P(
    Members, TokenHeader,
    testing::Values(HeaderCase{"", true}, HeaderCase{R"(,"typ":"JWT")", true}, HeaderCase{R"(,"typ":"jwt")", true},
                    HeaderCase{R"(,"typ":"at+jwt")", true}, HeaderCase{R"(,"typ":"AT+JWT")", true},
                    HeaderCase{R"(,"typ":"application/at+jwt")", true}, HeaderCase{R"(,"typ":"Application/JWT")", true},
                    HeaderCase{R"(,"typ":"")", false}, HeaderCase{R"(,"typ":null)", false},
                    HeaderCase{R"(,"typ":1)", false}, HeaderCase{R"(,"typ":["JWT"])", false},
                    HeaderCase{R"(,"typ":"id+jwt")", false}, HeaderCase{R"(,"typ":"JWT ")", false},
                    HeaderCase{R"(,"typ":"JOSE")", false}, HeaderCase{R"(,"typ":"dpop+jwt")", false},
                    HeaderCase{R"(,"typ":"application/")", false}, HeaderCase{R"(,"typ":"logout+jwt")", false},
                    HeaderCase{R"(,"crit":[])", false}, HeaderCase{R"(,"crit":["exp"])", false},
                    HeaderCase{R"(,"crit":null)", false}, HeaderCase{R"(,"crit":["b64"],"b64":false)", false},
                    HeaderCase{R"(,"b64":true)", false}, HeaderCase{R"(,"b64":false)", false},
                    HeaderCase{R"(,"jku":"https://attacker.example/keys")", false}, HeaderCase{R"(,"jku":null)", false},
                    HeaderCase{R"(,"x5u":"https://attacker.example/chain")", false},
                    HeaderCase{R"(,"x5c":["MIIB"])", false}, HeaderCase{R"(,"jwk":{})", false},
                    HeaderCase{R"(,"x5t":"abc","x5t#S256":"def","cty":"x","other":[1,{}])", true},
                    HeaderCase{R"(,"kid":"es256")", false}, HeaderCase{R"(,"alg":"ES256")", false}));

TEST(TokenHeader, AKeyThatTheTokenBringsAlongIsNeverUsed) {
  const TokenMaker& maker = TokenMaker::shared();
  const HandClock clock;
  auto verifier = make_jwks_token_verifier({}, make_static_key_source(maker.all_keys()), {}, clock);
  ASSERT_TRUE(verifier);
  for (const Algorithm algorithm : {Algorithm::rs256, Algorithm::ps256, Algorithm::es256}) {
    const crypto::PrivateKey& stranger = maker.stranger(algorithm);
    const std::string name = algorithm == Algorithm::rs256   ? "RS256"
                             : algorithm == Algorithm::ps256 ? "PS256"
                                                             : "ES256";
    for (const std::string kid : {"rs256", "ps256", "es256", "own"}) {
      const std::string header = R"({"alg":")" + name + R"(","kid":")" + kid + R"(","jwk":)" +
                                 TokenMaker::jwk(stranger, R"(,"kid":")" + kid + '"') + '}';
      EXPECT_FALSE((*verifier)->verify(TokenMaker::sign(stranger, header, TokenMaker::good_claims()), clock.wall));
    }
  }
}

}  // namespace
}  // namespace locket::policy
