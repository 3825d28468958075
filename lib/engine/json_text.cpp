#include "engine/json_text.hpp"

#include "base/utf8.hpp"

namespace locket::engine {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

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
    const auto character = first_character(text);
    if (!character) {
      json.append(replacement);
    } else if (character->bytes == 1) {
      append_ascii(json, text[0]);
    } else {
      json.append(text.substr(0, character->bytes));
    }
    text.remove_prefix(character ? character->bytes : 1);
  }
}

}  // namespace locket::engine
