#include "engine/json_text.hpp"

namespace locket::engine {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

struct Character {
  std::size_t bytes = 1;
  bool valid = false;
};

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

// Tells the length of the well-formed UTF-8 sequence at the start of `text` (Unicode standard, table 3-7).
Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {1, true};
  std::size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) length = 2;
  if (lead >= 0xE0 && lead <= 0xEF) length = 3;
  if (lead >= 0xF0 && lead <= 0xF4) length = 4;
  if (lead == 0xE0) low = 0xA0;   // overlong
  if (lead == 0xED) high = 0x9F;  // surrogates
  if (lead == 0xF0) low = 0x90;   // overlong
  if (lead == 0xF4) high = 0x8F;  // beyond U+10FFFF
  if (length == 0 || text.size() < length) return {};
  const auto second = static_cast<unsigned char>(text[1]);
  if (second < low || second > high) return {};
  for (std::size_t i = 2; i < length; ++i) {
    if (!is_continuation(text[i])) return {};
  }
  return {length, true};
}

void append_ascii(std::string& json, char letter) {
  static constexpr char digits[] = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(letter);
  if (letter == '"' || letter == '\\') {
    json.push_back('\\');
    json.push_back(letter);
  } else if (value < 0x20 || value == 0x7F) {
    json.append("\\u00");
    json.push_back(digits[value >> 4]);
    json.push_back(digits[value & 15]);
  } else {
    json.push_back(letter);
  }
}

}  // namespace

void append_json_text(std::string& json, std::string_view text, std::uint32_t characters_max) {
  for (std::uint32_t taken = 0; taken < characters_max && !text.empty(); ++taken) {
    const Character character = first_character(text);
    if (!character.valid) {
      json.append(replacement);
    } else if (character.bytes == 1) {
      append_ascii(json, text[0]);
    } else {
      json.append(text.substr(0, character.bytes));
    }
    text.remove_prefix(character.bytes);
  }
}

}  // namespace locket::engine
