#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "locket/error.hpp"
#include "locket/export.hpp"
#include "locket/limits.hpp"
#include "locket/log.hpp"
#include "locket/rate_limit.hpp"
#include "locket/version.hpp"

namespace locket {

/// What a shared limiter does with a call that the shared counter could not be asked about.
enum class WhenUnreachable : std::uint8_t {
  refuse,       ///< nobody is let in: no more than the limit, whatever happens
  count_alone,  ///< each process counts for itself, what it let in before too: at most the limit times the processes
};

/// Where the shared counter is, and how it is asked.
struct RedisOptions {
  /// Any node of the cluster that runs when first asked, or a single server. A name is looked up by the system, in the
  /// time that its resolver takes.
  std::string host = "127.0.0.1";
  std::uint16_t port = 6379;
  std::string user{};      ///< for AUTH; empty: the server's default user
  std::string password{};  ///< for AUTH; empty: none is sent
  WhenUnreachable when_unreachable = WhenUnreachable::refuse;
  std::uint32_t wait_ms_max = 250;          ///< for all steps of one decision together; 1 to 60,000
  std::uint32_t retry_ms = 100;             ///< a node that did not answer is left alone this long; up to 60,000
  std::uint32_t idle_connections_max = 16;  ///< kept open to each node; as many are made as threads ask at once
  std::uint32_t calls_at_once = 1;          ///< charged in one step, for one client of this process; 1 to 1,000
  std::uint32_t calls_kept_ms_max = 1'000;  ///< charged but not made, a call is lost after this at most; up to 60,000
};

/// Makes the limiter that many processes share through a Redis Cluster, or a single Redis server, of version 5 or
/// later. It counts as `make_memory_rate_limiter` does (GCRA in exact integers, all windows charged together or none),
/// by the clock of the server that holds the client's counter and to the microsecond; a client's counter is one key,
/// tagged by its id, which the server forgets once nothing is owed. A client that was refused is refused from memory
/// until its wait is over, without asking. With `calls_at_once` above 1 several calls of a client are charged in one
/// step and then admitted from memory, as long as the tightest window has not paid them back: never more than the
/// limit, but fewer where the client's calls come to several processes. Inputs: where and how; the limits, as of the
/// limiter in memory, of which `rate_clients_max` bounds what is kept here; where it is told that the counter can't be
/// reached (`rates.unreachable`) and has not failed for 5 s (`rates.reachable`); `log` must outlive the limiter.
/// Result: the limiter, which connects when it is first asked and again whenever a connection broke; or
/// `argument_invalid` for an option beyond its bounds, or where locket was built without Redis.
/// Whoever it can't decide about within `wait_ms_max` is treated as `when_unreachable` says. The counters must not be
/// evicted (`maxmemory-policy noeviction`), and survive a server's end only as far as its append-only file does.
/// Threads: any. Cost of a charge: one round trip, and none where memory decides.
[[nodiscard]] LOCKET_API Result<std::unique_ptr<RateLimiter>> make_redis_rate_limiter(const RedisOptions& options,
                                                                                      const Limits& limits = {},
                                                                                      LogSink& log = silent_log());

/// The client of Redis that locket was built with, which can't tell what it is linked with; nothing where locket was
/// built without Redis. `linked_libraries` names it. Any thread.
[[nodiscard]] LOCKET_API std::optional<LinkedLibrary> redis_client_library();

}  // namespace locket
