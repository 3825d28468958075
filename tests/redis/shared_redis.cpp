#include "redis/shared_redis.hpp"

#include <cstdlib>

namespace locket::redis {

std::optional<RedisOptions> shared_redis() {
  const char* place = std::getenv("LOCKET_TEST_REDIS");
  if (place == nullptr) return std::nullopt;
  const std::string text = place;
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  RedisOptions options;
  options.host = text.substr(0, colon);
  options.port = static_cast<std::uint16_t>(std::stoul(text.substr(colon + 1)));
  options.wait_ms_max = 10'000;  // a busy machine must not decide a test
  return options;
}

}  // namespace locket::redis
