#include "base/log_text.hpp"

#include "base/utf8.hpp"

namespace locket {

std::string log_text(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const auto character = first_character(text);
    const std::string_view bytes = text.substr(0, character ? character->bytes : 1);
    if (character && !is_control(character->code_point)) {
      shown += bytes;
    } else {
      for (const char byte : bytes) {
        const auto code = static_cast<unsigned char>(byte);
        shown.append("\\x").append(1, digits[code >> 4]).append(1, digits[code & 15]);
      }
    }
    text.remove_prefix(bytes.size());
  }
  return shown;
}

}  // namespace locket
