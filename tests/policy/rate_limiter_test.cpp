#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "locket/rate_limit.hpp"
#include "trusting_verifier.hpp"

namespace locket {
namespace {

using policy::TrustingVerifier;

// A host's own limiter: answers as it is told.
class ToldLimiter final : public RateLimiter {
 public:
  Result<RateDecision> answer = RateDecision{};
  bool throws = false;
  std::string charged;

 protected:
  Result<RateDecision> charge(std::string_view client_id, const Tier& tier, MonotonicTime now) override {
    charged = std::string(client_id) + "/" + tier.name + "/" + std::to_string(now.nanoseconds);
    if (throws) throw std::runtime_error("the shared counter is away");
    return answer;
  }
};

const Tier basic{"basic", {{1, 1}}};

TEST(RateLimiter, AdmitsWhomTheDerivedClassAdmits) {
  ToldLimiter limiter;
  limiter.answer = RateDecision{.admitted = true};
  const auto admission = limiter.admit(TrustingVerifier::identity("ulf", "app"), basic, {42});
  ASSERT_TRUE(admission);
  EXPECT_EQ(admission->identity().user(), "ulf");
  EXPECT_EQ(admission->identity().client_id(), "app");
  EXPECT_EQ(limiter.charged, "app/basic/42");
}

TEST(RateLimiter, ARefusalTellsTheTierAndAWaitOfAtLeastASecond) {
  ToldLimiter limiter;
  for (const std::uint32_t told : {0U, 1U, 17U}) {
    limiter.answer = RateDecision{.admitted = false, .retry_after_s = told};
    const auto admission = limiter.admit(TrustingVerifier::identity("ulf", "app"), basic, {});
    ASSERT_FALSE(admission);
    EXPECT_FALSE(admission.error().unavailable);
    EXPECT_EQ(admission.error().retry_after_s, told == 0 ? 1 : told);
    EXPECT_EQ(admission.error().reason, "");
    EXPECT_EQ(admission.error().tier, "basic");
  }
}

TEST(RateLimiter, LetsNobodyInWhenItCanNotDecide) {
  ToldLimiter limiter;
  limiter.answer = fail(Code::rate_limiter_unavailable, "nobody listens");
  for (const bool throws : {false, true}) {
    limiter.throws = throws;
    const auto admission = limiter.admit(TrustingVerifier::identity("ulf", "app"), basic, {});
    ASSERT_FALSE(admission);
    EXPECT_TRUE(admission.error().unavailable);
    EXPECT_EQ(admission.error().retry_after_s, 1U);
    EXPECT_EQ(admission.error().tier, "basic");
    EXPECT_EQ(admission.error().reason, throws ? "internal_error: the limiter threw an exception" : "nobody listens");
  }
}

}  // namespace
}  // namespace locket
