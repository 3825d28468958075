#include "locket/guid.hpp"

namespace locket {
namespace {

constexpr std::size_t text_length = 36;

constexpr bool is_hyphen_place(std::size_t place) { return place == 8 || place == 13 || place == 18 || place == 23; }

constexpr int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<Guid> parse_guid(std::string_view text) noexcept {
  if (text.size() != text_length) return std::nullopt;
  Guid guid;
  std::size_t nibble = 0;
  for (std::size_t place = 0; place < text_length; ++place) {
    if (is_hyphen_place(place)) {
      if (text[place] != '-') return std::nullopt;
      continue;
    }
    const int value = hex_value(text[place]);
    if (value < 0) return std::nullopt;
    auto& byte = guid.bytes[nibble / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | value);
    ++nibble;
  }
  return guid;
}

std::string to_string(const Guid& guid) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(text_length);
  for (const std::uint8_t byte : guid.bytes) {
    if (is_hyphen_place(text.size())) text.push_back('-');
    text.push_back(digits[byte >> 4]);
    text.push_back(digits[byte & 15]);
  }
  return text;
}

}  // namespace locket
