#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace locket {

/// One character of a text in UTF-8.
struct Utf8Character {
  std::uint32_t code_point = 0;
  std::size_t bytes = 0;  ///< 1 to 4
};

/// The character that a text begins with, by RFC 3629, section 4: no overlong form, no surrogate, nothing beyond
/// U+10FFFF. Input: a text that is not empty. Result: nothing where it begins with none.
[[nodiscard]] std::optional<Utf8Character> first_character(std::string_view text) noexcept;

/// Whether a text is well-formed from its begin to its end. Cost: linear.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// Whether it is a control character: C0, DEL, or C1, which a terminal may obey as well (U+009B begins its commands).
[[nodiscard]] constexpr bool is_control(std::uint32_t code_point) noexcept {
  return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0);
}

}  // namespace locket
