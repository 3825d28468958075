#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "crypto/constant_time.hpp"
#include "locket/token.hpp"
#include "token_maker.hpp"

namespace locket::policy {
namespace {

// Mean and variance, one sample after the other (Welford).
class Moments {
 public:
  void add(double sample) {
    ++count_;
    const double delta = sample - mean_;
    mean_ += delta / count_;
    squares_ += delta * (sample - mean_);
  }

  // Welch's t between two sets of samples.
  static double t_between(const Moments& one, const Moments& other) {
    return (one.mean_ - other.mean_) / std::sqrt(one.variance_of_mean() + other.variance_of_mean());
  }

 private:
  double variance_of_mean() const { return squares_ / (count_ - 1) / count_; }

  double count_ = 0;
  double mean_ = 0;
  double squares_ = 0;
};

// How surely two kinds of work take different time, after Reparaz, Balasch and Verbauwhede, "Dude, is my code constant
// time?" (2017): both are run in random order, the slowest samples are left out, because something else ran then.
double t_of(int samples, const std::function<void(int kind)>& work) {
  std::mt19937 random(5);
  std::vector<std::pair<int, double>> times;
  times.reserve(static_cast<std::size_t>(samples));
  for (int i = 0; i < samples; ++i) {
    const int kind = static_cast<int>(random() & 1U);
    const auto start = std::chrono::steady_clock::now();
    work(kind);
    times.emplace_back(kind,
                       std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count());
  }
  std::vector<double> sorted;
  for (const auto& [kind, time] : times) sorted.push_back(time);
  const auto cut = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() * 9 / 10);
  std::nth_element(sorted.begin(), cut, sorted.end());
  Moments moments[2];
  for (const auto& [kind, time] : times) {
    if (time < *cut) moments[kind].add(time);
  }
  return Moments::t_between(moments[0], moments[1]);
}

class TokenTiming : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("LOCKET_LONG_TESTS") == nullptr) GTEST_SKIP() << "LOCKET_LONG_TESTS is not set: it takes minutes";
  }
};

TEST_F(TokenTiming, ComparingDigestsTellsNotWhereTheyDiffer) {
  std::array<std::uint8_t, 32> kept{};
  std::array<std::uint8_t, 32> others[2]{};
  others[0].front() = 1;
  others[1].back() = 1;
  int equal = 0;
  const double t = t_of(1'000'000, [&](int kind) {
    for (int i = 0; i < 20; ++i) {
      asm volatile("" : : "r"(kept.data()), "r"(others[kind].data()) : "memory");
      equal += crypto::equal_constant_time(kept, others[kind]) ? 1 : 0;
    }
  });
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
  const double t =
      t_of(100'000, [&](int kind) { accepted += (*verifier)->verify(wrong[kind][random() % 64], clock.wall) ? 1 : 0; });
  EXPECT_EQ(accepted, 0);
  EXPECT_LT(std::fabs(t), 4.5);
  RecordProperty("t", std::to_string(t));
}

}  // namespace
}  // namespace locket::policy
