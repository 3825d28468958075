#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "locket/token.hpp"
#include "policy/linked_libraries.hpp"
#include "token_maker.hpp"

namespace locket {
namespace {

using policy::HandClock;
using policy::TokenMaker;

std::unique_ptr<TokenVerifier> make_verifier(const HandClock& clock, const TokenRules& rules = {}) {
  auto verifier = make_jwks_token_verifier(rules, make_static_key_source(TokenMaker::shared().all_keys()), {}, clock);
  EXPECT_TRUE(verifier) << verifier.error().detail;
  return std::move(*verifier);
}

TEST(TokenVerifier, TellsWhoHoldsAGoodToken) {
  const HandClock clock;
  auto verifier = make_verifier(clock, {.issuer = "https://ims.example", .audience = "https://api.example"});
  for (int time = 0; time < 3; ++time) {
    const auto identity = verifier->verify(TokenMaker::shared().good_token(), clock.wall);
    ASSERT_TRUE(identity) << identity.error().detail;
    EXPECT_EQ(identity->user(), "user-1");
    EXPECT_EQ(identity->client_id(), "client-1");
    EXPECT_EQ(identity->expires_at().seconds, 1'800'003'600);
  }
}

TEST(TokenVerifier, RefusesRulesThatCanNotHold) {
  const auto code_of = [](const TokenRules& rules) {
    const auto verifier = make_jwks_token_verifier(rules, make_static_key_source(TokenMaker::shared().all_keys()));
    return verifier ? Code::internal_error : verifier.error().code;
  };
  EXPECT_EQ(code_of({.leeway_s = 61}), Code::argument_invalid);
  EXPECT_EQ(code_of({.rs256 = false, .ps256 = false, .es256 = false}), Code::argument_invalid);
  EXPECT_EQ(code_of({.scope = ""}), Code::argument_invalid);
  EXPECT_EQ(code_of({.scope = "two scopes"}), Code::argument_invalid);
  EXPECT_EQ(code_of({.key_retry_s = 0}), Code::argument_invalid);
  EXPECT_EQ(code_of({.key_refresh_s = 10, .key_retry_s = 11}), Code::argument_invalid);
  EXPECT_EQ(code_of({.key_refresh_s = 100, .key_trust_s = 99}), Code::argument_invalid);
  EXPECT_EQ(make_jwks_token_verifier({}, nullptr).error().code, Code::argument_invalid);
}

// A host's own verifier that does what it must not.
class CarelessVerifier final : public TokenVerifier {
 protected:
  Result<std::shared_ptr<const Claims>> check(std::string_view token, UnixTime /*now*/) override {
    if (token == "throws") throw std::runtime_error("the network is down");
    if (token == "null") return std::shared_ptr<const Claims>();
    if (token == "busy") return fail(Code::store_busy, "later");
    if (token == "no memory") return fail(Code::out_of_memory);
    if (token == "good") return std::make_shared<const Claims>(Claims{"u", "c", {1}});
    if (token == "no user") return std::make_shared<const Claims>(Claims{"", "c", {1}});
    return std::make_shared<const Claims>(Claims{"u", "", {1}});
  }
};

TEST(TokenVerifier, MakesARejectionOfWhateverIsNoProof) {
  CarelessVerifier verifier;
  EXPECT_TRUE(verifier.verify("good", {0}));
  for (const std::string_view token : {"null", "busy", "no user", "no client"}) {
    const auto identity = verifier.verify(token, {0});
    ASSERT_FALSE(identity) << token;
    EXPECT_EQ(identity.error().code, Code::token_rejected) << token;
  }
}

// Else whoever has a good one would be sent away to get another.
TEST(TokenVerifier, DoesNotCallATokenBadThatItCouldNotJudge) {
  CarelessVerifier verifier;
  for (const std::string_view token : {"throws", "no memory"}) {
    EXPECT_EQ(verifier.verify(token, {0}).error().code, Code::access_unavailable) << token;
  }
}

TEST(TokenVerifier, AnIdentityThatWasMovedFromIsStillOne) {
  CarelessVerifier verifier;
  auto identity = verifier.verify("good", {0});
  ASSERT_TRUE(identity);
  const Identity moved = std::move(*identity);
  EXPECT_EQ(moved.user(), "u");
  EXPECT_EQ(identity->user(), "u");
}

TEST(LinkedLibraries, NamesTheReaderOfJson) {
  const std::vector<LinkedLibrary> libraries = policy::linked_libraries();
  ASSERT_EQ(libraries.size(), 1U);
  EXPECT_EQ(libraries[0].name, "nlohmann-json");
  EXPECT_EQ(std::ranges::count(libraries[0].version, '.'), 2);
}

TEST(KeySource, ReadsItsFileAnewEachTime) {
  const std::string path = testing::TempDir() + "locket-keys.json";
  const auto write = [&](std::string_view text) { std::ofstream(path) << text; };
  const auto source = make_file_key_source(path, {.jwks_bytes_max = 20'000});
  write("one");
  EXPECT_EQ(source->fetch_jwks(), "one");
  write("two");
  EXPECT_EQ(source->fetch_jwks(), "two");
  write(std::string(20'000, 'x'));
  EXPECT_TRUE(source->fetch_jwks());
  write(std::string(20'001, 'x'));
  EXPECT_EQ(source->fetch_jwks().error().code, Code::json_invalid);
  std::remove(path.c_str());
  EXPECT_EQ(source->fetch_jwks().error().code, Code::file_not_readable);
  const std::string with_a_nul("/etc/passwd\0x", 13);
  for (const std::string& never :
       {std::string("/dev/zero"), std::string("/"), std::string("/proc/self/mem"), std::string(), with_a_nul}) {
    EXPECT_EQ(make_file_key_source(never)->fetch_jwks().error().code, Code::file_not_readable) << never;
  }
}

}  // namespace
}  // namespace locket
