#include "serve/route.hpp"

#include <algorithm>

#include "serve/page_asset.hpp"

namespace locket::tool {
namespace {

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter | 0x20) : letter; }

// In whatever case `text` is; `lower_case` is ours.
bool starts_with(std::string_view text, std::string_view lower_case) {
  return text.size() >= lower_case.size() &&
         std::ranges::equal(text.substr(0, lower_case.size()), lower_case, {}, lower);
}

// A proxy sends `http://host/path`. Cuts the authority off, which then stands for `Host` (RFC 9112, section 3.2.2).
std::optional<std::string_view> take_authority(std::string_view& target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!starts_with(target, scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::size_t end = std::min(target.find_first_of("/?#"), target.size());
    const std::string_view authority = target.substr(0, end);
    target = end == target.size() ? "/" : target.substr(end);
    return authority;
  }
  return std::nullopt;
}

// The one segment between both texts; whether the path has that shape.
bool cut_segment(std::string_view path, std::string_view before, std::string_view after, std::string_view& segment) {
  if (path.size() < before.size() + after.size() || !path.starts_with(before) || !path.ends_with(after)) return false;
  segment = path.substr(before.size(), path.size() - before.size() - after.size());
  return segment.find('/') == segment.npos;
}

Route route_of(Target& target) {
  if (cut_segment(target.path, "/imodels/", "/thumbnail", target.imodel_id)) return Route::thumbnail;
  if (target.path == "/gallery/imodels") return Route::gallery_list;
  if (cut_segment(target.path, "/gallery/imodels/", "", target.imodel_id)) return Route::gallery_entry;
  target.imodel_id = {};
  if (target.path == "/health") return Route::health;
  if (target.path == "/metrics") return Route::metrics;
  if (target.path == "/openapi.json") return Route::openapi;
  if (find_page_asset(target.path) != nullptr) return Route::page;
  return target.path == "*" ? Route::server : Route::unknown;
}

}  // namespace

Target parse_target(std::string_view text) noexcept {
  Target target;
  target.authority = take_authority(text);
  target.path = text;
  if (const std::size_t mark = target.path.find('?'); mark != target.path.npos) {
    target.query = target.path.substr(mark + 1);
    target.path = target.path.substr(0, mark);
  }
  target.route = route_of(target);
  return target;
}

bool is_operator_route(Route route) noexcept {
  return route == Route::metrics || route == Route::page || route == Route::gallery_list ||
         route == Route::gallery_entry;
}

bool is_local_host(std::string_view host) noexcept {
  const std::size_t colon = host.rfind(':');
  if (colon != host.npos && host.find_first_not_of("0123456789", colon + 1) == host.npos) host = host.substr(0, colon);
  if ((host.size() == 9 && starts_with(host, "localhost")) || host == "[::1]") return true;
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == host.npos;
}

std::string_view route_name(Route route) noexcept {
  switch (route) {
    case Route::thumbnail: return "thumbnail";
    case Route::health: return "health";
    case Route::metrics: return "metrics";
    case Route::openapi: return "openapi";
    case Route::page: return "page";
    case Route::gallery_list: return "gallery_list";
    case Route::gallery_entry: return "gallery_entry";
    case Route::server: return "server";
    case Route::unknown: break;
  }
  return "unknown";
}

std::string_view allowed_methods(Route route) noexcept {
  switch (route) {
    case Route::thumbnail:
    case Route::server: return "GET, HEAD, PUT, OPTIONS";
    case Route::unknown: return {};
    default: return "GET, HEAD, OPTIONS";
  }
}

}  // namespace locket::tool
