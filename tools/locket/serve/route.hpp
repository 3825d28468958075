#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace locket::tool {

/// What a request is for.
enum class Route : std::uint8_t {
  thumbnail,
  health,
  metrics,
  openapi,
  page,
  gallery_list,
  gallery_entry,
  server,
  unknown
};

/// A request target, taken apart. Views into the target; nothing is decoded, so that nothing can be decoded twice.
struct Target {
  Route route = Route::unknown;
  std::optional<std::string_view> authority;  ///< of the absolute form alone; whatever `Host` says, this counts
  std::string_view path;
  std::string_view imodel_id;  ///< of `thumbnail` and `gallery_entry`: one path segment, whatever it holds
  std::string_view query;      ///< without the `?`
};

/// Takes a request target apart: origin form, absolute form, or `*` (RFC 9112, section 3.2).
/// Result: `unknown` for everything that is not exactly one of the paths. Never fails. Any thread.
[[nodiscard]] Target parse_target(std::string_view target) noexcept;

/// Whether a route is for the person who runs the server. Never fails.
[[nodiscard]] bool is_operator_route(Route route) noexcept;

/// Whether the value of `Host` names this machine: `localhost` in any case or a loopback address, with any port. Never
/// fails.
[[nodiscard]] bool is_local_host(std::string_view host) noexcept;

/// The name of a route, for the log and the metrics. Static.
[[nodiscard]] std::string_view route_name(Route route) noexcept;

/// The methods that a route answers, as `Allow` lists them. Static; empty for `unknown`.
[[nodiscard]] std::string_view allowed_methods(Route route) noexcept;

}  // namespace locket::tool
