#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "locket/access.hpp"
#include "locket/store.hpp"

namespace locket::tool {

/// A count. Any thread.
class Count {
 public:
  /// Adds.
  void add(std::uint64_t amount = 1) noexcept { value_.fetch_add(amount, std::memory_order_relaxed); }

  /// The count so far.
  [[nodiscard]] std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// What a client asked with, as the metrics tell it apart.
enum class MethodKind : std::uint8_t { get, head, put, options, other };

/// What the server has counted: each of its threads for itself, so that none waits for another; those that render,
/// which take their time, together. Any thread.
struct ServerMetrics {
  static constexpr std::array<std::uint16_t, 23> statuses{200, 201, 204, 304, 400, 401, 403, 404, 405, 408, 409, 412,
                                                          413, 417, 422, 429, 431, 500, 501, 503, 505, 0,   1};
  static constexpr std::array<std::uint32_t, 16> bounds_us{50,      100,       250,       500,       1'000,   2'500,
                                                           5'000,   10'000,    25'000,    50'000,    100'000, 250'000,
                                                           500'000, 1'000'000, 2'500'000, 10'000'000};
  static constexpr std::uint16_t dropped = 0;  ///< the client was gone before its answer was whole
  static constexpr std::uint16_t strange = 1;  ///< any other status
  static constexpr std::size_t rules = static_cast<std::size_t>(Rule::facts_unavailable) + 1;

  std::array<std::array<Count, statuses.size()>, 5> requests;  ///< by `MethodKind` and status
  std::array<Count, bounds_us.size() + 1> latencies;           ///< of answered requests, by the first bound not passed
  Count latency_us;                                            ///< of all of them together
  Count answer_bytes;                                          ///< bodies sent
  Count upload_bytes;                                          ///< bodies received
  Count connections;                                           ///< accepted
  std::array<std::array<Count, 2>, rules> decisions;           ///< by rule; denied, allowed

  /// Counts one answered request.
  void answered(MethodKind method, std::uint16_t status, std::uint64_t us, std::uint64_t bytes) noexcept;
};

/// What the metrics page shows beside the threads' counts.
struct ServerGauges {
  std::uint64_t connections_open = 0;
  std::uint64_t connections_refused = 0;
  std::uint64_t upload_bytes_in_flight = 0;
  std::uint64_t uploads_in_flight = 0;
  std::uint64_t uptime_s = 0;
  bool store_up = false;                   ///< whether the store could be asked
  const StoreStatistics* store = nullptr;  ///< nothing: they could not be had, or only by a walk through the store
};

/// Writes everything in the text format of Prometheus (version 0.0.4). Any thread.
[[nodiscard]] std::string to_prometheus(std::span<const ServerMetrics* const> threads, const ServerGauges& gauges);

}  // namespace locket::tool
