#include "serve/server_limits.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace locket::tool {
namespace {

struct Entry {
  std::string_view name;
  std::uint32_t ServerLimits::* value;
  std::uint32_t most = 4'294'967'295;
  std::uint32_t least = 1;
};

constexpr std::array entries{
    Entry{"connections_max", &ServerLimits::connections_max},
    // A fetch with a short token has half of the least.
    Entry{.name = "header_bytes_max", .value = &ServerLimits::header_bytes_max, .least = 1'024},
    Entry{"header_lines_max", &ServerLimits::header_lines_max},
    Entry{"upload_bytes_in_flight_max", &ServerLimits::upload_bytes_in_flight_max},
    Entry{"uploads_in_flight_max", &ServerLimits::uploads_in_flight_max},
    Entry{"upload_bytes_per_user_max", &ServerLimits::upload_bytes_per_user_max},
    Entry{"uploads_per_user_max", &ServerLimits::uploads_per_user_max},
    Entry{"renders_at_once_max", &ServerLimits::renders_at_once_max, 1'024},
    Entry{"handshake_ms_max", &ServerLimits::handshake_ms_max},
    Entry{"idle_ms_max", &ServerLimits::idle_ms_max},
    Entry{"head_ms_max", &ServerLimits::head_ms_max},
    Entry{"body_ms_max", &ServerLimits::body_ms_max},
    Entry{"body_idle_ms_max", &ServerLimits::body_idle_ms_max},
    Entry{"answer_ms_max", &ServerLimits::answer_ms_max},
    Entry{"linger_ms_max", &ServerLimits::linger_ms_max},
    Entry{"linger_bytes_max", &ServerLimits::linger_bytes_max},
    Entry{"stop_ms_max", &ServerLimits::stop_ms_max},
    Entry{"tick_ms", &ServerLimits::tick_ms, 10'000},  // no deadline is kept better than this
    Entry{"gallery_requests_max", &ServerLimits::gallery_requests_max},
    Entry{"gallery_page_max", &ServerLimits::gallery_page_max},
    Entry{"gallery_scanned_max", &ServerLimits::gallery_scanned_max},
};
static_assert(sizeof(ServerLimits) == entries.size() * sizeof(std::uint32_t), "a limit has no name here");

}  // namespace

std::vector<NamedLimit> list_server_limits(const ServerLimits& limits) {
  std::vector<NamedLimit> list;
  for (const Entry& entry : entries) list.push_back({.name = entry.name, .value = limits.*(entry.value)});
  return list;
}

std::string set_server_limit(ServerLimits& limits, std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  const auto* const found = std::ranges::find(entries, name, &Entry::name);
  if (found == entries.end()) return "there is no limit of this name: " + std::string(name);
  const std::string_view digits = equals == text.npos ? std::string_view() : text.substr(equals + 1);
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || value < found->least || value > found->most) {
    return std::string(name) + " must be a whole number from " + std::to_string(found->least) + " to " +
           std::to_string(found->most);
  }
  limits.*(found->value) = value;
  return {};
}

std::string contradiction_in(const ServerLimits& limits, std::uint64_t picture_bytes_max) {
  for (const auto& [name, value] : {NamedLimit{"upload_bytes_in_flight_max", limits.upload_bytes_in_flight_max},
                                    NamedLimit{"upload_bytes_per_user_max", limits.upload_bytes_per_user_max}}) {
    if (value >= picture_bytes_max) continue;
    return std::string(name) + " is " + std::to_string(value) +
           ", which has no room for one picture of the largest size (--bytes-max " + std::to_string(picture_bytes_max) +
           ")";
  }
  return {};
}

}  // namespace locket::tool
