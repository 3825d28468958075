#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "locket/token.hpp"
#include "policy/claims.hpp"
#include "token_maker.hpp"

namespace locket::policy {
namespace {

// Written from contract.md and the RFCs, not from the code: each claim's values, as they stand in the payload (an empty
// one is left out), and whether a token with it is to be accepted. The time is 1800000000 and the leeway 60 s.
struct Value {
  std::string text;
  bool accepted;
};

struct Claim {
  std::string name;
  std::vector<Value> values;  // the first is right
};

const std::string long_name(256, 'n');

const std::vector<Claim>& claims() {
  static const std::vector<Claim> table{
      {"iss",
       {{R"("https://ims.example")", true},
        {R"("https:\/\/ims\u002eexample")", true},
        {"", false},
        {"null", false},
        {"1", false},
        {"true", false},
        {R"("")", false},
        {R"("https://ims.example/")", false},
        {R"("HTTPS://IMS.EXAMPLE")", false},
        {R"("https://attacker.example")", false},
        {R"(["https://ims.example"])", false},
        {R"({"https://ims.example":1})", false}}},
      {"aud",
       {{R"("api")", true},
        {R"(["api"])", true},
        {R"(["other","api"])", true},
        {R"(["api","api"])", true},
        {"", false},
        {"null", false},
        {"7", false},
        {R"("")", false},
        {"[]", false},
        {R"(["other"])", false},
        {R"("API")", false},
        {R"("api ")", false},
        {R"(["api",1])", false},
        {R"([["api"]])", false},
        {R"({"api":true})", false},
        {R"("other api")", false}}},
      {"exp",
       {{"1800003600", true},
        {"1800003600.5", true},
        {"1.8000036e9", true},
        {"1800000000", true},
        {"1799999941", true},
        {"1799999940", false},
        {"1799999940.9", false},
        {"1799999939", false},
        {"253402300799", true},
        {"253402300800", false},
        {"9007199254740992", false},
        {"9223372036854775807", false},
        {"9223372036854775808", false},
        {"1e400", false},
        {"1e18", false},
        {"0", false},
        {"-0", false},
        {"-1", false},
        {"-1800003600", false},
        {"", false},
        {"null", false},
        {R"("1800003600")", false},
        {"[1800003600]", false},
        {"true", false}}},
      {"nbf",
       {{"1799999990", true},
        {"", true},
        {"0", true},
        {"1800000060", true},
        {"1800000061", false},
        {"1800000059.5", true},
        {"1800000060.5", false},
        {"1800000059", true},
        {"9007199254740992", false},
        {"9223372036854775807", false},
        {"1e400", false},
        {"-1", false},
        {"null", false},
        {R"("1799999990")", false},
        {"{}", false},
        {"false", false}}},
      {"iat",
       {{"1799999990", true},
        {"", true},
        {"0", true},
        {"1800000060", true},
        {"1800000061", false},
        {"1800000060.5", true},
        {"1.79999999e9", true},
        {"253402300799", false},
        {"9007199254740992", false},
        {"9223372036854775808", false},
        {"1e400", false},
        {"-0.5", false},
        {"null", false},
        {R"("")", false},
        {"[]", false},
        {"true", false}}},
      {"sub",
       {{R"("user-1")", true},
        {R"("\u00fcser \"1\"")", true},
        {'"' + long_name + '"', true},
        {'"' + long_name + "n\"", false},
        {"", false},
        {"null", false},
        {"1", false},
        {R"("")", false},
        {R"(["user-1"])", false},
        {R"("user\u0000")", false},
        {R"("user\r\nX-Header: y")", false},
        {R"("user\u007f")", false},
        {"{}", false}}},
      {"client_id",
       {{R"("client-1")", true},
        {R"("service-abc")", true},
        {'"' + long_name + '"', true},
        {'"' + long_name + "n\"", false},
        {"", false},
        {"null", false},
        {"1.5", false},
        {R"("")", false},
        {R"(["client-1"])", false},
        {R"("client\u001f")", false},
        {R"("client\t1")", false},
        {"true", false}}},
      {"scope",
       {{R"(["itwin-platform"])", true},
        {R"("itwin-platform")", true},
        {R"(["openid","itwin-platform","email"])", true},
        {R"("openid itwin-platform")", true},
        {R"("itwin-platform email")", true},
        {"", false},
        {"null", false},
        {"1", false},
        {R"("")", false},
        {"[]", false},
        {R"(["openid"])", false},
        {R"("itwin-platform:read")", false},
        {R"("ITWIN-PLATFORM")", false},
        {R"(["openid itwin-platform"])", false},
        {R"(["itwin-platform",1])", false},
        {R"({"itwin-platform":true})", false},
        {R"("openid  itwin-platform")", false},
        {R"("itwin-platform ")", false},
        {R"(" itwin-platform")", false},
        {R"("openid,itwin-platform")", false},
        {R"("openid\titwin-platform")", false},
        {R"("itwin-platform \"")", false}}},
      {"other", {{"", true}, {"null", true}, {"1e308", true}, {R"({"exp":1})", true}, {"1e400", false}, {"{", false}}},
  };
  return table;
}

std::string payload_with(const std::vector<std::size_t>& chosen) {
  std::string payload;
  for (std::size_t i = 0; i < claims().size(); ++i) {
    const std::string& text = claims()[i].values[chosen[i]].text;
    if (!text.empty()) payload += (payload.empty() ? "\"" : ",\"") + claims()[i].name + "\":" + text;
  }
  return '{' + payload + '}';
}

class TokenClaims : public testing::Test {
 protected:
  TokenClaims() {
    const TokenRules rules{.issuer = "https://ims.example", .audience = "api"};
    auto made = make_jwks_token_verifier(rules, make_static_key_source(TokenMaker::shared().all_keys()), {}, clock_);
    if (!made) throw std::runtime_error(made.error().detail);
    verifier_ = std::move(*made);
  }

  Result<Identity> verify(const std::string& payload) {
    return verifier_->verify(
        TokenMaker::sign(TokenMaker::shared().key(Algorithm::es256), R"({"alg":"ES256","kid":"es256"})", payload),
        clock_.wall);
  }

  HandClock clock_;
  std::unique_ptr<TokenVerifier> verifier_;
};

TEST_F(TokenClaims, EveryPairOfValuesIsJudgedAsTheTableSays) {
  int cases = 0;
  int accepted = 0;
  std::vector<std::size_t> chosen(claims().size(), 0);
  for (std::size_t one = 0; one < claims().size(); ++one) {
    for (std::size_t other = one + 1; other < claims().size(); ++other) {
      for (std::size_t a = 0; a < claims()[one].values.size(); ++a) {
        for (std::size_t b = 0; b < claims()[other].values.size(); ++b) {
          chosen.assign(claims().size(), 0);
          chosen[one] = a;
          chosen[other] = b;
          const std::string payload = payload_with(chosen);
          const bool expected = claims()[one].values[a].accepted && claims()[other].values[b].accepted;
          const auto identity = verify(payload);
          ASSERT_EQ(identity.has_value(), expected) << payload << (identity ? "" : identity.error().detail);
          ++cases;
          accepted += expected ? 1 : 0;
        }
      }
    }
  }
  EXPECT_GE(cases, 1'500);
  EXPECT_GT(accepted, 100);
  RecordProperty("cases", cases);
  RecordProperty("accepted", accepted);
}

TEST_F(TokenClaims, GiveTheIdentityWordForWord) {
  const auto identity =
      verify(R"({"iss":"https://ims.example","aud":"api","scope":"itwin-platform","exp":1800000100.9,)"
             R"("sub":"J\u00f6rg \ud83d\ude00","client_id":"a/b c"})");
  ASSERT_TRUE(identity) << identity.error().detail;
  EXPECT_EQ(identity->user(), "J\xC3\xB6rg \xF0\x9F\x98\x80");
  EXPECT_EQ(identity->client_id(), "a/b c");
  EXPECT_EQ(identity->expires_at().seconds, 1'800'000'100);
}

TEST_F(TokenClaims, MustBeOneObject) {
  for (const char* payload : {"", "null", "[]", "1", R"("sub")", R"([{"sub":"u"}])", "{}{}", "{} x"}) {
    EXPECT_FALSE(verify(payload)) << payload;
  }
}

TEST(TokenClaimsWithoutDemands, AreStillOfTheirTypes) {
  const HandClock clock;
  auto verifier = make_jwks_token_verifier({}, make_static_key_source(TokenMaker::shared().all_keys()), {}, clock);
  ASSERT_TRUE(verifier);
  for (const auto& [members, accepted] :
       {std::pair{"", true}, std::pair{R"(,"iss":"any")", true}, std::pair{R"(,"iss":"")", true},
        std::pair{R"(,"iss":1)", false}, std::pair{R"(,"iss":null)", false}, std::pair{R"(,"aud":"any")", true},
        std::pair{R"(,"aud":[])", true}, std::pair{R"(,"aud":["a","b"])", true}, std::pair{R"(,"aud":[1])", false},
        std::pair{R"(,"aud":{})", false}, std::pair{R"(,"aud":null)", false}}) {
    const std::string payload =
        R"({"sub":"u","client_id":"c","scope":"itwin-platform","exp":1800000100)" + std::string(members) + '}';
    const std::string token =
        TokenMaker::sign(TokenMaker::shared().key(Algorithm::es256), R"({"alg":"ES256","kid":"es256"})", payload);
    EXPECT_EQ((*verifier)->verify(token, clock.wall).has_value(), accepted) << payload;
  }
}

// RFC 6749, section 3.3: %x21 / %x23-5B / %x5D-7E.
TEST(ScopeToken, HoldsTheLettersOfItsRuleOnly) {
  EXPECT_FALSE(is_scope_token(""));
  for (int letter = 0; letter < 256; ++letter) {
    const bool allowed = letter == 0x21 || (letter >= 0x23 && letter <= 0x5B) || (letter >= 0x5D && letter <= 0x7E);
    EXPECT_EQ(is_scope_token(std::string("a") + static_cast<char>(letter)), allowed) << letter;
  }
}

}  // namespace
}  // namespace locket::policy
