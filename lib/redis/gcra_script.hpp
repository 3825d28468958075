#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "locket/rate_limit.hpp"
#include "redis/cluster.hpp"

namespace locket::redis {

/// What the server says of one charge.
struct Charged {
  std::uint32_t calls = 0;    ///< that were charged: all that were asked for, or one, or none
  std::uint64_t wait_us = 0;  ///< when none: until one call is admitted
};

/// The question about one charge. The views must stay valid during the call.
struct Charge {
  std::string_view client_id;
  const std::vector<RateWindow>& windows;  ///< at most eight, valid
  std::uint32_t calls = 1;                 ///< at least 1
  std::optional<std::uint64_t> time_us{};  ///< nothing: the server's own clock; a test may bring its own
};

/// The key of a client's counter. All keys of a client have the same tag, so one server has them.
[[nodiscard]] std::string counter_key(std::string_view client_id);

/// Charges calls to a client's counter on the server that has it: GCRA in whole microseconds and an exact rest, all
/// windows together or none; where not all calls are admitted, one is tried. It answers as `policy::RateDebt` does.
/// Inputs: the cluster; the question; until when. Result: what was charged; or `rate_limiter_unavailable`, after which
/// the calls may or may not have been charged. Any thread. Cost: one round trip.
[[nodiscard]] Result<Charged> charge_counter(Cluster& cluster, const Charge& charge, Moment until);

}  // namespace locket::redis
