#include "policy/limiter_conformance.hpp"
#include "redis/shared_redis.hpp"

namespace locket {
namespace {

const MakeLimiter on_redis = [] {
  const auto options = redis::shared_redis();
  return options ? std::move(*make_redis_rate_limiter(*options)) : nullptr;
};

INSTANTIATE_TEST_SUITE_P(Redis, LimiterConformance, testing::Values(on_redis));

}  // namespace
}  // namespace locket
