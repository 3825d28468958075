#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "locket/redis_rate_limit.hpp"

namespace locket::redis {

/// The Redis Cluster that LOCKET_TEST_REDIS names as HOST:PORT; nothing where it does not.
[[nodiscard]] std::optional<RedisOptions> shared_redis();

}  // namespace locket::redis

/// Ends a test where there is no Redis Cluster to test with.
#define LOCKET_NEEDS_REDIS(options)                   \
  const auto options = locket::redis::shared_redis(); \
  if (!options) GTEST_SKIP() << "LOCKET_TEST_REDIS names no Redis Cluster: ./tools/cluster.sh test"
