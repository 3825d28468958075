#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "crypto/constant_time.hpp"
#include "locket/token.hpp"
#include "timed_pair.hpp"
#include "token_maker.hpp"

namespace locket::policy {
namespace {

class TokenTiming : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("LOCKET_LONG_TESTS") == nullptr) GTEST_SKIP() << "LOCKET_LONG_TESTS is not set: it takes minutes";
  }
};

TEST_F(TokenTiming, ComparingKeysTellsNotWhereTheyDiffer) {
  std::array<std::uint8_t, 16> kept{};
  std::array<std::uint8_t, 16> others[2]{};
  others[0].front() = 1;
  others[1].back() = 1;
  int equal = 0;
  const double t = timed_pair(1'000'000, [&](int kind) {
                     for (int i = 0; i < 20; ++i) {
                       asm volatile("" : : "r"(kept.data()), "r"(others[kind].data()) : "memory");
                       equal += crypto::equal_constant_time(kept, others[kind]) ? 1 : 0;
                     }
                   }).t;
  EXPECT_EQ(equal, 0);
  EXPECT_LT(std::fabs(t), 4.5);
  RecordProperty("t", std::to_string(t));
}

// Wrong signatures for one token, half of them wrong near their start, half near their end. There are many of each,
// because the arithmetic on a public key takes its time by the numbers, which are no secret.
TEST_F(TokenTiming, RefusingASignatureTellsNotWhereItIsWrong) {
  const TokenMaker& maker = TokenMaker::shared();
  const HandClock clock;
  auto verifier = make_jwks_token_verifier({}, make_static_key_source(maker.all_keys()), {}, clock);
  ASSERT_TRUE(verifier);
  const std::string good = maker.good_token();
  std::vector<std::string> wrong[2];
  for (std::size_t i = 0; i < 64; ++i) {
    for (const std::size_t at : {good.rfind('.') + 5 + i, good.size() - 5 - i}) {
      std::string token = good;
      token[at] = token[at] == 'A' ? 'B' : 'A';
      wrong[at > good.rfind('.') + 100 ? 1 : 0].push_back(token);
    }
  }
  std::mt19937 random(6);
  int accepted = 0;
  const double t = timed_pair(100'000, [&](int kind) {
                     accepted += (*verifier)->verify(wrong[kind][random() % 64], clock.wall) ? 1 : 0;
                   }).t;
  EXPECT_EQ(accepted, 0);
  EXPECT_LT(std::fabs(t), 4.5);
  RecordProperty("t", std::to_string(t));
}

}  // namespace
}  // namespace locket::policy
