#include "locket/guid.hpp"

namespace locket {
namespace {

constexpr std::size_t text_length = 36;

constexpr bool is_hyphen_place(std::size_t place) { return place == 8 || place == 13 || place == 18 || place == 23; }

constexpr std::uint8_t no_digit = 0xFF;

constexpr std::uint8_t hex_value(int digit) {
  if (digit >= '0' && digit <= '9') return static_cast<std::uint8_t>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<std::uint8_t>(digit - 'a' + 10);
  if (digit >= 'A' && digit <= 'F') return static_cast<std::uint8_t>(digit - 'A' + 10);
  return no_digit;
}

// Every request brings an id, so it is read without a branch for each digit.
constexpr auto hex_values = [] {
  std::array<std::uint8_t, 256> values{};
  for (int i = 0; i < 256; ++i) values[static_cast<std::size_t>(i)] = hex_value(i);
  return values;
}();

constexpr auto digit_places = [] {
  std::array<std::uint8_t, 32> places{};
  std::size_t count = 0;
  for (std::size_t place = 0; place < text_length; ++place) {
    if (!is_hyphen_place(place)) places[count++] = static_cast<std::uint8_t>(place);
  }
  return places;
}();

}  // namespace

std::optional<Guid> parse_guid(std::string_view text) noexcept {
  if (text.size() != text_length) return std::nullopt;
  if (text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return std::nullopt;
  Guid guid;
  std::uint8_t seen = 0;
  for (std::size_t i = 0; i < guid.bytes.size(); ++i) {
    const std::uint8_t high = hex_values[static_cast<unsigned char>(text[digit_places[2 * i]])];
    const std::uint8_t low = hex_values[static_cast<unsigned char>(text[digit_places[2 * i + 1]])];
    seen |= high | low;
    guid.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  if (seen == no_digit) return std::nullopt;
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
