#include "base/log_text.hpp"

namespace locket {

std::string log_text(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string shown;
  shown.reserve(text.size());
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    if (code >= 0x20 && code != 0x7f) {
      shown += letter;
    } else {
      shown.append("\\x").append(1, digits[code >> 4]).append(1, digits[code & 15]);
    }
  }
  return shown;
}

}  // namespace locket
