#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "locket/token.hpp"
#include "policy/base64url.hpp"
#include "token_maker.hpp"

namespace locket::policy {
namespace {

constexpr std::string_view canary = "CANARYxyz";

class CollectingLog final : public LogSink {
 public:
  void write(LogLevel, std::string_view event, std::string_view message) noexcept override {
    text.append(event).append(message);
  }

  std::string text;
};

// The canary and how it looks in base64url at each of the three offsets.
bool holds_canary(std::string_view text) {
  if (text.find("CANARY") != std::string_view::npos) return true;
  for (std::size_t shift = 0; shift < 3; ++shift) {
    const std::string encoded = encode_base64url(as_bytes(std::string(shift, 'x') + std::string(canary)));
    if (text.find(encoded.substr(4, 6)) != std::string_view::npos) return true;
  }
  return false;
}

// Tokens that are refused at each step of the check, all full of canaries.
std::vector<std::string> refused_tokens() {
  const TokenMaker& maker = TokenMaker::shared();
  const std::string name(canary);
  const crypto::PrivateKey& key = maker.key(Algorithm::es256);
  const std::string good = R"({"alg":"ES256","kid":"es256"})";
  std::vector<std::string> tokens{name, name + '.' + name + '.' + name, name + "." + name,
                                  std::string(9'000, 'C') + name};
  for (const std::string& header :
       {"{\"alg\":\"" + name + "\"}", R"({"alg":"ES256","kid":")" + name + "\"}",
        R"({"alg":"ES256","typ":")" + name + "\"}", R"({"alg":"ES256","crit":[")" + name + "\"]}",
        R"({"alg":"ES256","jku":"https://)" + name + "\"}", "{\"" + name + "\":1,\"" + name + "\":2}", name,
        "{\"" + name, "[\"" + name + "\"]"}) {
    tokens.push_back(TokenMaker::sign(key, header, "{\"sub\":\"" + name + "\"}"));
  }
  for (const std::string claim : {"iss", "aud", "exp", "nbf", "iat", "sub", "client_id", "scope"}) {
    for (const std::string& value :
         {"\"\\n" + name + '"', "{\"" + name + "\":1}", "[1,\"" + name + "\"]", std::string("1e999"), name}) {
      std::string payload = R"({"x":")" + name + '"';
      for (const auto& [other, right] : {std::pair{"iss", R"("i")"}, std::pair{"aud", R"("a")"},
                                         std::pair{"exp", "1800000100"}, std::pair{"sub", R"("u\n")"},
                                         std::pair{"client_id", R"("c")"}, std::pair{"scope", R"("itwin-platform")"}}) {
        if (other != claim) payload += std::string(",\"") + other + "\":" + right;
      }
      tokens.push_back(TokenMaker::sign(key, good, payload + ",\"" + claim + "\":" + value + '}'));
    }
  }
  tokens.push_back(TokenMaker::sign(maker.stranger(Algorithm::es256), good, "{\"sub\":\"" + name + "\"}"));
  return tokens;
}

TEST(TokenSecrecy, NoErrorAndNoLogHoldsAnythingOfAToken) {
  const HandClock clock;
  CollectingLog log;
  auto verifier = make_jwks_token_verifier({.issuer = "i", .audience = "a"},
                                           make_static_key_source(TokenMaker::shared().all_keys()), {}, clock, log);
  ASSERT_TRUE(verifier);
  const auto tokens = refused_tokens();
  EXPECT_GT(tokens.size(), 50U);
  for (const std::string& token : tokens) {
    const auto identity = (*verifier)->verify(token, clock.wall);
    ASSERT_FALSE(identity);
    EXPECT_FALSE(identity.error().detail.empty());
    EXPECT_FALSE(holds_canary(identity.error().detail)) << identity.error().detail;
  }
  EXPECT_FALSE(holds_canary(log.text)) << log.text;
}

TEST(TokenSecrecy, NoErrorAndNoLogHoldsAnythingOfAKey) {
  const std::string name(canary);
  for (const std::string& jwks : {name, "{\"keys\":\"" + name + "\"}", "{\"keys\":[{\"kty\":\"" + name + "\"}]}",
                                  "{\"" + name + "\":1,\"" + name + "\":1}",
                                  R"({"keys":[{"kty":"oct","k":")" + name + "\"}]}", "{\"keys\":[" + name}) {
    CollectingLog log;
    const auto verifier = make_jwks_token_verifier({}, make_static_key_source(jwks), {}, system_clock(), log);
    ASSERT_FALSE(verifier) << jwks;
    EXPECT_FALSE(holds_canary(verifier.error().detail)) << verifier.error().detail;
    EXPECT_FALSE(holds_canary(log.text));
  }
  const std::string pem = "-----BEGIN PRIVATE KEY-----\n" + name + "\n-----END PRIVATE KEY-----\n";
  EXPECT_FALSE(holds_canary(SigningKey::from_pem(pem).error().detail));
  const auto key = SigningKey::generate(Algorithm::es256);
  ASSERT_TRUE(key);
  EXPECT_FALSE(holds_canary(key->sign("{\"" + name + "\":1,\"" + name + "\":1}").error().detail));
}

TEST(TokenSecrecy, AFileSourceTellsNoPath) {
  const auto source = make_file_key_source("/nowhere/" + std::string(canary));
  EXPECT_FALSE(holds_canary(source->fetch_jwks().error().detail));
}

// An attacker must not learn from the answer whether a key id is known.
TEST(TokenSecrecy, UnknownKeyAndWrongSignatureAreTheSameCode) {
  const TokenMaker& maker = TokenMaker::shared();
  const HandClock clock;
  auto verifier = make_jwks_token_verifier({}, make_static_key_source(maker.all_keys()), {}, clock);
  ASSERT_TRUE(verifier);
  const auto refuse = [&](const char* header) {
    return (*verifier)->verify(TokenMaker::sign(maker.stranger(Algorithm::es256), header, TokenMaker::good_claims()),
                               clock.wall);
  };
  EXPECT_EQ(refuse(R"({"alg":"ES256","kid":"es256"})").error().code, Code::token_rejected);
  EXPECT_EQ(refuse(R"({"alg":"ES256","kid":"other"})").error().code, Code::token_rejected);
}

}  // namespace
}  // namespace locket::policy
