#include "serve/origin.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>

namespace locket::tool {
namespace {

bool is_lower(char letter) { return letter >= 'a' && letter <= 'z'; }

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

bool is_scheme(std::string_view text) {
  return !text.empty() && is_lower(text.front()) && std::ranges::all_of(text, [](char letter) {
    return is_lower(letter) || is_digit(letter) || letter == '+' || letter == '-' || letter == '.';
  });
}

bool is_host(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) {
    text = text.substr(1, text.size() - 2);
    return text.find(':') != text.npos && text.find_first_not_of("0123456789abcdef:.") == text.npos;
  }
  return !text.empty() && std::ranges::all_of(text, [](char letter) {
    return is_lower(letter) || is_digit(letter) || letter == '-' || letter == '.' || letter == '_';
  });
}

bool is_port(std::string_view text, std::string_view scheme) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || text.starts_with('0')) return false;
  return !(scheme == "http" && port == 80) && !(scheme == "https" && port == 443);
}

bool is_origin(std::string_view text) {
  const std::size_t mark = text.find("://");
  if (mark == text.npos) return false;
  const std::string_view scheme = text.substr(0, mark);
  const std::string_view rest = text.substr(mark + 3);
  const std::size_t after_address = rest.rfind(']');
  const std::size_t colon = rest.find(':', after_address == rest.npos ? 0 : after_address);
  const bool port_fits = colon == rest.npos || is_port(rest.substr(colon + 1), scheme);
  return is_scheme(scheme) && is_host(rest.substr(0, colon)) && port_fits;
}

}  // namespace

std::string origin_fault(const std::string& text) {
  if (text == "*" || is_origin(text)) return {};
  return "must be * or an origin as browsers send it: scheme://host or scheme://host:port, in lower case, without a "
         "path and without the default port, such as https://app.example; not " +
         text;
}

}  // namespace locket::tool
