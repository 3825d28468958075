#include "serve/request_head.hpp"

#include <algorithm>

namespace locket::tool {

namespace beast = boost::beast;
namespace http = beast::http;
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// A name or address and a port, RFC 9112 section 3.2 by the letters that RFC 3986 section 3.2.2 allows.
bool is_host(std::string_view value) {
  const bool in_brackets = value.starts_with('[');
  const std::size_t end = in_brackets ? value.find(']') : value.find(':');
  if (in_brackets && end == value.npos) return false;
  const std::string_view name = value.substr(0, end).substr(in_brackets ? 1 : 0);
  std::string_view port = end == value.npos ? std::string_view() : value.substr(end + (in_brackets ? 1 : 0));
  if (!port.empty() && !port.starts_with(':')) return false;
  if (!port.empty()) port.remove_prefix(1);
  const std::string_view others = in_brackets ? "-._~!$&'()*+,;=:" : "-._~!$&'()*+,;=%";
  const auto may_stand = [&](char c) { return is_letter(c) || is_digit(c) || others.find(c) != others.npos; };
  return std::ranges::all_of(name, may_stand) && std::ranges::all_of(port, is_digit);
}

}  // namespace

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
  if (!is_host(view(request[http::field::host]))) return 400;
  if (const std::size_t codings = request.count(http::field::transfer_encoding); codings > 0) {
    if (request.version() != 11 || codings > 1) return 400;
    if (!beast::iequals(request[http::field::transfer_encoding], "chunked")) return 501;
  }
  if (const auto expected = request[http::field::expect]; !expected.empty() && request.version() == 11) {
    if (!beast::iequals(expected, "100-continue")) return 417;
  }
  return 0;
}

std::string joined_field(const Parser& parser, http::field name) {
  std::string joined;
  const auto [first, last] = parser.get().equal_range(name);
  for (auto line = first; line != last; ++line) {
    if (!joined.empty()) joined += ',';
    joined += view(line->value());
  }
  return joined;
}

void collect_headers(const Parser& parser, std::vector<HeaderView>& headers) {
  headers.clear();
  for (const auto& line : parser.get()) headers.push_back({view(line.name_string()), view(line.value())});
}

}  // namespace locket::tool
