#include <cstdint>

#include "locket/token.hpp"

namespace locket {
namespace {

constexpr std::string_view scheme = "bearer";

bool has_bearer_scheme(std::string_view value) noexcept {
  if (value.size() < scheme.size()) return false;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    if ((value[i] | 0x20) != scheme[i]) return false;
  }
  return true;
}

// Whether all letters are of the alphabet of token68 but `=`. One pass without a branch, which the compiler turns into
// vector instructions.
bool is_token68_body(std::string_view text) noexcept {
  std::uint8_t all = 1;
  for (const char letter : text) {
    const auto c = static_cast<std::uint8_t>(letter);
    const std::uint8_t digit_or_dash_dot_slash = static_cast<std::uint8_t>(c - '-') <= '9' - '-';
    const std::uint8_t alphabetic = static_cast<std::uint8_t>((c | 0x20) - 'a') <= 'z' - 'a';
    all &= digit_or_dash_dot_slash | alphabetic | (c == '+') | (c == '_') | (c == '~');
  }
  return all != 0;
}

}  // namespace

Result<std::string_view> parse_bearer(std::string_view value, std::uint32_t token_bytes_max) try {
  if (value.empty()) return fail(Code::authorization_missing);
  if (!has_bearer_scheme(value)) return fail(Code::token_rejected, "the scheme is not Bearer");
  const std::string_view rest = value.substr(scheme.size());
  const std::size_t start = rest.find_first_not_of(' ');
  if (start == 0 || start == std::string_view::npos) {
    return fail(Code::token_rejected, "no token after the word Bearer");
  }
  const std::string_view token = rest.substr(start);
  if (token.size() > token_bytes_max) return fail(Code::token_rejected, "the token is too large");
  const std::size_t last = token.find_last_not_of('=');
  if (last == std::string_view::npos || !is_token68_body(token.substr(0, last + 1))) {
    return fail(Code::token_rejected, "the token holds a character that no token has");
  }
  return token;
} catch (...) {
  return std::unexpected<Error>(Error{Code::token_rejected, {}});
}

}  // namespace locket
