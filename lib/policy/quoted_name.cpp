#include "policy/quoted_name.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

namespace locket::policy {
namespace {

constexpr std::size_t shown_characters_max = 256;

struct Character {
  std::uint32_t code_point = 0;
  std::size_t bytes = 0;
};

constexpr std::uint32_t byte_at(std::string_view text, std::size_t place) {
  return static_cast<std::uint8_t>(text[place]);
}

// The first character of a text that is not empty, or nothing where it is not well-formed.
std::optional<Character> first_character(std::string_view text) noexcept {
  const std::uint32_t lead = byte_at(text, 0);
  if (lead < 0x80) return Character{lead, 1};
  if (lead < 0xC2 || lead > 0xF4) return std::nullopt;
  const std::size_t bytes = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (text.size() < bytes) return std::nullopt;
  std::uint32_t code_point = lead & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    const std::uint32_t next = byte_at(text, i);
    if ((next & 0xC0U) != 0x80) return std::nullopt;
    code_point = code_point << 6 | (next & 0x3FU);
  }
  const std::uint32_t least = bytes == 2 ? 0x80 : bytes == 3 ? 0x800 : 0x10000;
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < least || code_point > 0x10FFFF || surrogate) return std::nullopt;
  return Character{code_point, bytes};
}

// Ranges of characters that do not stand for themselves on a line: controls, and what turns, joins or hides text.
constexpr std::array<std::pair<std::uint32_t, std::uint32_t>, 13> hidden{{{0x00, 0x1F},
                                                                          {0x7F, 0x9F},
                                                                          {0xAD, 0xAD},
                                                                          {0x61C, 0x61C},
                                                                          {0x180E, 0x180E},
                                                                          {0x200B, 0x200F},
                                                                          {0x2028, 0x202E},
                                                                          {0x2060, 0x206F},
                                                                          {0xFE00, 0xFE0F},
                                                                          {0xFEFF, 0xFEFF},
                                                                          {0xFFF9, 0xFFFB},
                                                                          {0xE0000, 0xE0FFF},
                                                                          {0xF0000, 0x10FFFF}}};

bool is_hidden(std::uint32_t code_point) {
  return std::ranges::any_of(
      hidden, [&](const auto& range) { return code_point >= range.first && code_point <= range.second; });
}

std::string hexadecimal(std::uint32_t value) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  do {
    text.insert(text.begin(), digits[value & 15U]);
    value >>= 4;
  } while (value != 0);
  if (text.size() < 2) text.insert(text.begin(), '0');
  return text;
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::optional<Character> character = first_character(text);
    if (!character) return false;
    text.remove_prefix(character->bytes);
  }
  return true;
}

std::string quote_name(std::string_view name) {
  std::string quoted(1, '"');
  for (std::size_t shown = 0; !name.empty() && shown < shown_characters_max; ++shown) {
    const std::optional<Character> character = first_character(name);
    const std::size_t bytes = character ? character->bytes : 1;
    if (!character) {
      quoted += "\\x" + hexadecimal(byte_at(name, 0));
    } else if (is_hidden(character->code_point)) {
      quoted += "\\u{" + hexadecimal(character->code_point) + '}';
    } else {
      if (name[0] == '"' || name[0] == '\\') quoted += '\\';
      quoted += name.substr(0, bytes);
    }
    name.remove_prefix(bytes);
  }
  quoted += name.empty() ? "\"" : "\"...";
  return quoted;
}

}  // namespace locket::policy
