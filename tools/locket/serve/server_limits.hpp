#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace locket::tool {

/// Every limit of the HTTP front-end that a client could stretch, with its unit in its name. Times are kept to within
/// `tick_ms`.
struct ServerLimits {
  std::uint32_t connections_max = 12'000;   ///< open at once; further ones get a 503, and idle ones then end
  std::uint32_t header_bytes_max = 16'384;  ///< request line and header lines together
  std::uint32_t header_lines_max = 100;     ///< of one request
  std::uint32_t upload_bytes_in_flight_max = 67'108'864;  ///< bodies held in memory at once, all connections together
  std::uint32_t uploads_in_flight_max = 64;               ///< being received, waiting or rendered at once
  std::uint32_t upload_bytes_per_user_max = 33'554'432;   ///< what one user may hold of those bytes
  std::uint32_t uploads_per_user_max = 16;                ///< and of those uploads
  std::uint32_t renders_at_once_max = 2;                  ///< pictures rendered at the same time
  std::uint32_t handshake_ms_max = 10'000;                ///< for TLS
  std::uint32_t idle_ms_max = 75'000;                     ///< between two requests
  std::uint32_t head_ms_max = 10'000;           ///< for a connection's first byte; then for all of a request's head
  std::uint32_t body_ms_max = 60'000;           ///< for the whole body of an upload
  std::uint32_t body_idle_ms_max = 10'000;      ///< in which some of the body must come
  std::uint32_t answer_ms_max = 60'000;         ///< for the client to take a whole answer
  std::uint32_t linger_ms_max = 2'000;          ///< to read what a client still sends after a refusal
  std::uint32_t linger_bytes_max = 16'777'216;  ///< the same, in bytes
  std::uint32_t stop_ms_max = 10'000;           ///< for requests under way when the server is told to stop
  std::uint32_t tick_ms = 250;                  ///< how often times are looked at and the log is written
  std::uint32_t gallery_requests_max = 32;      ///< waiting or answered at once
  std::uint32_t gallery_page_max = 100;         ///< iModels on one page of the gallery's list
  std::uint32_t gallery_scanned_max = 10'000;   ///< iModels looked at for one page
};

/// One limit as it stands: `idle_ms_max`, 75000.
struct NamedLimit {
  std::string_view name;  ///< lives for the whole program
  std::uint32_t value = 0;
};

/// All limits by their names, in the order in which they are declared.
[[nodiscard]] std::vector<NamedLimit> list_server_limits(const ServerLimits& limits);

/// Sets one limit by a text `name=value` (a whole number within the limit's own bounds).
/// Result: what is wrong, or nothing; then the limits are unchanged.
[[nodiscard]] std::string set_server_limit(ServerLimits& limits, std::string_view text);

/// Looks for limits that can't all be meant: what one lets in would never fit another.
/// Input: the limits as they shall hold; the largest picture that is taken.
/// Result: the first contradiction, in words; empty when there is none.
[[nodiscard]] std::string contradiction_in(const ServerLimits& limits, std::uint64_t picture_bytes_max);

}  // namespace locket::tool
