#include "rate_limiter.hpp"

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "locket/redis_rate_limit.hpp"
#include "message.hpp"
#include "network_address.hpp"
#include "open_store.hpp"

namespace locket::tool {
namespace {

constexpr std::string_view redis_prefix = "redis:";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

// `redis:HOST:PORT`.
std::optional<RedisOptions> parse(std::string_view text) {
  if (!text.starts_with(redis_prefix)) return std::nullopt;
  text.remove_prefix(redis_prefix.size());
  const auto address = parse_network_address(text);
  if (!address || address->port == 0) return std::nullopt;
  RedisOptions options;
  options.host = address->host;
  options.port = address->port;
  return options;
}

}  // namespace

void add_limiter_options(Program& program, CLI::App& verb) {
  verb.add_option("--limiter", program.limiter,
                  "where calls are counted; Redis may want LOCKET_REDIS_USER and LOCKET_REDIS_PASSWORD "
                  "[LOCKET_LIMITER, memory]")
      ->type_name("memory|redis:HOST:PORT");
  verb.add_option("--limiter-down", program.limiter_down,
                  "while Redis does not answer: let nobody in, or count alone in each process [refuse]")
      ->type_name("refuse|alone")
      ->check(one_of({"refuse", "alone"}));
}

std::unique_ptr<RateLimiter> make_rate_limiter(const Program& program) {
  if (program.limiter == "memory") {
    auto limiter = make_memory_rate_limiter();
    if (limiter == nullptr) complain("no memory for the rate limiter");
    return limiter;
  }
  auto options = parse(program.limiter);
  if (!options) {
    complain("--limiter must be memory or redis:HOST:PORT");
    return nullptr;
  }
  options->user = environment("LOCKET_REDIS_USER");
  options->password = environment("LOCKET_REDIS_PASSWORD");
  if (program.limiter_down == "alone") options->when_unreachable = WhenUnreachable::count_alone;
  auto limiter = make_redis_rate_limiter(*options, {}, standard_error_log());
  if (limiter) return std::move(*limiter);
  complain("can't use the limiter " + program.limiter, limiter.error());
  return nullptr;
}

}  // namespace locket::tool
