#include "serve/request_head.hpp"

#include <algorithm>

namespace locket::tool {

namespace beast = boost::beast;
namespace http = beast::http;

MethodKind kind_of(http::verb verb) noexcept {
  switch (verb) {
    case http::verb::get: return MethodKind::get;
    case http::verb::head: return MethodKind::head;
    case http::verb::put: return MethodKind::put;
    case http::verb::options: return MethodKind::options;
    default: return MethodKind::other;
  }
}

Method method_of(MethodKind kind) noexcept {
  switch (kind) {
    case MethodKind::get: return Method::get;
    case MethodKind::head: return Method::head;
    case MethodKind::put: return Method::put;
    default: return Method::other;
  }
}

std::uint16_t head_fault(const Parser& parser, const ServerLimits& limits) noexcept {
  const auto& request = parser.get();
  std::size_t lines = 0;
  for (const auto& line : request) {
    ++lines;
    const auto is_control = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; };
    if (std::ranges::any_of(view(line.value()), is_control)) return 400;
  }
  if (lines > limits.header_lines_max) return 431;
  const std::size_t hosts = request.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && request.version() == 11)) return 400;
  if (const std::size_t codings = request.count(http::field::transfer_encoding); codings > 0) {
    if (request.version() != 11 || codings > 1) return 400;
    if (!beast::iequals(request[http::field::transfer_encoding], "chunked")) return 501;
  }
  if (const auto expected = request[http::field::expect]; !expected.empty() && request.version() == 11) {
    if (!beast::iequals(expected, "100-continue")) return 417;
  }
  return 0;
}

void collect_headers(const Parser& parser, std::vector<HeaderView>& headers) {
  headers.clear();
  for (const auto& line : parser.get()) headers.push_back({view(line.name_string()), view(line.value())});
}

}  // namespace locket::tool
