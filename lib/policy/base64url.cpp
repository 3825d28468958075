#include "policy/base64url.hpp"

#include <array>
#include <cstdint>

namespace locket::policy {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t invalid = 0xFF;

constexpr std::array<std::uint8_t, 256> values = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(invalid);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}();

constexpr std::uint8_t value_of(char letter) noexcept { return values[static_cast<std::uint8_t>(letter)]; }

}  // namespace

std::optional<Base64url> Base64url::parse(std::string_view text) noexcept {
  std::uint8_t seen = 0;
  for (const char letter : text) seen |= value_of(letter);
  if ((seen & 0xC0U) != 0) return std::nullopt;  // only `invalid` has these bits
  const std::size_t rest = text.size() % 4;
  if (rest == 1) return std::nullopt;
  // Two letters hold 12 bits for 8, three hold 18 for 16.
  const std::uint8_t unused_bits = rest == 2 ? 0x0F : 0x03;
  if (rest != 0 && (value_of(text.back()) & unused_bits) != 0) return std::nullopt;
  return Base64url(text);
}

std::string Base64url::decode() const {
  std::string bytes;
  bytes.reserve(decoded_bytes());
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char letter : text_) {
    bits = bits << 6 | value_of(letter);
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes.push_back(static_cast<char>(bits >> held & 0xFFU));
    }
  }
  return bytes;
}

std::string encode_base64url(BytesView bytes) {
  std::string text;
  text.reserve(bytes.size() / 3 * 4 + 3);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const std::byte byte : bytes) {
    bits = bits << 8 | std::to_integer<std::uint32_t>(byte);
    held += 8;
    while (held >= 6) {
      held -= 6;
      text.push_back(alphabet[bits >> held & 0x3FU]);
    }
  }
  if (held > 0) text.push_back(alphabet[bits << (6 - held) & 0x3FU]);
  return text;
}

}  // namespace locket::policy
