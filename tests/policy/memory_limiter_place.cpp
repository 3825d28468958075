#include "policy/limiter_conformance.hpp"

namespace locket {
namespace {

const MakeLimiter in_memory = [] { return make_memory_rate_limiter(); };

INSTANTIATE_TEST_SUITE_P(Memory, LimiterConformance, testing::Values(in_memory));

}  // namespace
}  // namespace locket
