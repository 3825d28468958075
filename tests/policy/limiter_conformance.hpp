#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "locket/rate_limit.hpp"

namespace locket {

/// Makes a limiter of one kind, or nothing where there can be none, so that the test is skipped; those made in one
/// process and, where the kind is shared, in others, count together.
using MakeLimiter = std::function<std::unique_ptr<RateLimiter>()>;

/// What every kind of limiter must hold to, on the machine's own clock. A test program that wants it for a kind
/// compiles the conformance test in, and instantiates the suite with that kind's `MakeLimiter`.
class LimiterConformance : public testing::TestWithParam<MakeLimiter> {
 protected:
  void SetUp() override {
    limiter = GetParam()();
    if (limiter == nullptr) GTEST_SKIP() << "there is no server here for such a limiter";
  }

  /// A client that no test, of this or an earlier run, has charged.
  static std::string newcomer();

  /// Charges one call now.
  std::expected<Admission, RateRefusal> admit(const std::string& client_id, const Tier& tier);

  std::unique_ptr<RateLimiter> limiter;
};

}  // namespace locket
