#include "policy/quoted_name.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/utf8.hpp"

namespace locket::policy {
namespace {

constexpr std::size_t shown_characters_max = 256;

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

std::string quote_name(std::string_view name) {
  std::string quoted(1, '"');
  for (std::size_t shown = 0; !name.empty() && shown < shown_characters_max; ++shown) {
    const auto character = first_character(name);
    const std::size_t bytes = character ? character->bytes : 1;
    if (!character) {
      quoted += "\\x" + hexadecimal(static_cast<std::uint8_t>(name[0]));
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
