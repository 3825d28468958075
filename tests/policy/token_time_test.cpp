#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "locket/token.hpp"
#include "token_maker.hpp"

namespace locket::policy {
namespace {

constexpr std::int64_t year_s = 31'556'952;

std::string token_with(std::int64_t not_before_s, std::int64_t issued_s, std::int64_t expires_s) {
  return TokenMaker::sign(TokenMaker::shared().key(Algorithm::es256), R"({"alg":"ES256","kid":"es256"})",
                          R"({"sub":"u","client_id":"c","scope":"itwin-platform","nbf":)" +
                              std::to_string(not_before_s) + R"(,"iat":)" + std::to_string(issued_s) + R"(,"exp":)" +
                              std::to_string(expires_s) + '}');
}

std::unique_ptr<TokenVerifier> make_verifier(const HandClock& clock, std::uint32_t leeway_s) {
  auto made = make_jwks_token_verifier({.leeway_s = leeway_s}, make_static_key_source(TokenMaker::shared().all_keys()),
                                       {}, clock);
  EXPECT_TRUE(made);
  return std::move(*made);
}

TEST(TokenTime, HoldsToTheSecondWithEveryLeewayWhetherNewOrKnown) {
  HandClock clock;
  constexpr std::int64_t start = 1'800'000'000;
  const std::string token = token_with(start, start - 5, start + 1'000);
  for (const std::uint32_t leeway : {0U, 1U, 30U, 60U}) {
    auto verifier = make_verifier(clock, leeway);
    const std::int64_t first = start - leeway;
    const std::int64_t last = start + 1'000 + leeway - 1;
    for (int round = 0; round < 3; ++round) {
      EXPECT_FALSE(verifier->verify(token, {first - 1}));
      EXPECT_TRUE(verifier->verify(token, {first}));
      EXPECT_TRUE(verifier->verify(token, {last}));
      EXPECT_FALSE(verifier->verify(token, {last + 1}));
    }
  }
}

TEST(TokenTime, IssuedInTheFutureIsNotYetGood) {
  HandClock clock;
  auto verifier = make_verifier(clock, 60);
  const std::string token = token_with(0, clock.wall.seconds + 61, clock.wall.seconds + 1'000);
  EXPECT_FALSE(verifier->verify(token, clock.wall));
  EXPECT_TRUE(verifier->verify(token, {clock.wall.seconds + 1}));
}

TEST(TokenTime, NoStepOfTheClockLetsAnExpiredTokenIn) {
  HandClock clock;
  const std::int64_t start = clock.wall.seconds;
  const std::vector<std::int64_t> moments{start,
                                          start - year_s,
                                          start + 100 * year_s,
                                          0,
                                          -1,
                                          2'147'483'647,
                                          2'147'483'648,
                                          4'294'967'295,
                                          4'294'967'296,
                                          std::numeric_limits<std::int64_t>::max(),
                                          std::numeric_limits<std::int64_t>::min(),
                                          start + 3'659,
                                          start + 3'660,
                                          253'402'300'799,
                                          253'402'300'859};
  auto verifier = make_verifier(clock, 60);
  const std::string token = token_with(start, start, start + 3'600);
  std::mt19937 random(3);
  for (int step = 0; step < 2'000; ++step) {
    const UnixTime now{moments[random() % moments.size()]};
    const bool good = now.seconds >= start - 60 && now.seconds < start + 3'660;
    ASSERT_EQ(verifier->verify(token, now).has_value(), good) << now.seconds;
  }
}

TEST(TokenTime, WorksBeyondThe32BitEras) {
  HandClock clock;
  auto verifier = make_verifier(clock, 60);
  for (const std::int64_t era : {2'147'483'648LL, 4'294'967'296LL, 253'402'300'799LL}) {
    const std::string token = token_with(era - 10, era - 10, era);
    EXPECT_TRUE(verifier->verify(token, {era - 1})) << era;
    EXPECT_TRUE(verifier->verify(token, {era + 59})) << era;
    EXPECT_FALSE(verifier->verify(token, {era + 60})) << era;
  }
}

TEST(TokenTime, TheMonotonicClockMayRunToItsEnd) {
  HandClock clock;
  auto verifier = make_verifier(clock, 60);
  const std::string token = TokenMaker::shared().good_token();
  constexpr std::int64_t end = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t nanoseconds :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{3'600'000'000'000}, end - 1'000'000'000'000, end - 1}) {
    clock.monotonic.nanoseconds = nanoseconds;
    EXPECT_TRUE(verifier->verify(token, clock.wall)) << nanoseconds;
  }
  // After 292 years no key can be younger than any age: nothing is trusted.
  clock.monotonic.nanoseconds = end;
  EXPECT_FALSE(verifier->verify(token, clock.wall));
}

}  // namespace
}  // namespace locket::policy
