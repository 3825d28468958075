#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

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

// Sixteen characters at once: this looks at every byte of every request, and compilers do not find it by themselves.
constexpr std::size_t block_bytes = 16;
using Block = std::uint8_t __attribute__((vector_size(block_bytes)));

// All bits set in each byte that is not of the alphabet of token68; `=` is not counted to it.
Block outside_alphabet(Block letters) noexcept {
  const Block from_dash = letters - static_cast<std::uint8_t>('-');  // then come dot, slash and the digits
  const Block from_a = (letters | std::uint8_t{0x20}) - static_cast<std::uint8_t>('a');
  return static_cast<Block>(~((from_dash <= '9' - '-') | (from_a <= 'z' - 'a') | (letters == std::uint8_t{'+'}) |
                              (letters == std::uint8_t{'_'}) | (letters == std::uint8_t{'~'})));
}

bool is_token68_body(std::string_view text) noexcept {
  Block seen{};
  Block letters;
  for (; text.size() >= block_bytes; text.remove_prefix(block_bytes)) {
    std::memcpy(&letters, text.data(), block_bytes);
    seen |= outside_alphabet(letters);
  }
  letters = Block{} + std::uint8_t{'a'};
  std::memcpy(&letters, text.data(), text.size());
  seen |= outside_alphabet(letters);
  return std::bit_cast<std::array<std::uint64_t, 2>>(seen) == std::array<std::uint64_t, 2>{};
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
