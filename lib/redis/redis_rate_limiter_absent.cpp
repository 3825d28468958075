#include "locket/redis_rate_limit.hpp"

namespace locket {

Result<std::unique_ptr<RateLimiter>> make_redis_rate_limiter(const RedisOptions&, const Limits&, LogSink&) {
  return fail(Code::argument_invalid, "this locket was built without Redis (-Dredis=enabled builds it in)");
}

std::optional<LinkedLibrary> redis_client_library() { return std::nullopt; }

}  // namespace locket
