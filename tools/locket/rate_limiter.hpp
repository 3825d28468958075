#pragma once

#include <memory>

#include "locket/rate_limit.hpp"
#include "program.hpp"

namespace locket::tool {

/// Adds `--limiter` and `--limiter-down` to a verb that counts calls.
void add_limiter_options(Program& program, CLI::App& verb);

/// Makes the limiter that `--limiter` names: in this process's memory, or shared through Redis. A password for Redis
/// comes from LOCKET_REDIS_PASSWORD, its user from LOCKET_REDIS_USER.
/// Result: the limiter; or nothing, after a complaint: the verb then ends with `ExitCode::unusable`.
[[nodiscard]] std::unique_ptr<RateLimiter> make_rate_limiter(const Program& program);

}  // namespace locket::tool
