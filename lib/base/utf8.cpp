#include "base/utf8.hpp"

namespace locket {
namespace {

constexpr std::uint32_t byte_at(std::string_view text, std::size_t place) {
  return static_cast<std::uint8_t>(text[place]);
}

}  // namespace

std::optional<Utf8Character> first_character(std::string_view text) noexcept {
  const std::uint32_t lead = byte_at(text, 0);
  if (lead < 0x80) return Utf8Character{lead, 1};
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
  return Utf8Character{code_point, bytes};
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto character = first_character(text);
    if (!character) return false;
    text.remove_prefix(character->bytes);
  }
  return true;
}

}  // namespace locket
