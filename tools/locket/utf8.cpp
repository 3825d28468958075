#include "utf8.hpp"

#include <cstdint>

namespace locket::tool {
namespace {

struct SecondByte {
  std::uint8_t least = 0x80;
  std::uint8_t most = 0xbf;
};

// The second byte's range shuts out overlong forms, surrogates and what lies beyond U+10FFFF.
SecondByte second_byte_after(std::uint8_t first) noexcept {
  switch (first) {
    case 0xe0: return {.least = 0xa0};
    case 0xed: return {.most = 0x9f};
    case 0xf0: return {.least = 0x90};
    case 0xf4: return {.most = 0x8f};
    default: return {};
  }
}

}  // namespace

std::size_t utf8_length(std::string_view text) noexcept {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  if (text.empty()) return 0;
  const std::uint8_t first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const std::size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (text.size() < length) return 0;
  const SecondByte second = second_byte_after(first);
  if (byte(1) < second.least || byte(1) > second.most) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xbf) return 0;
  }
  return length;
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace locket::tool
