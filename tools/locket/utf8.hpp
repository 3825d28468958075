#pragma once

#include <cstddef>
#include <string_view>

namespace locket::tool {

/// The length in bytes, 1 to 4, of the well-formed UTF-8 sequence (RFC 3629, section 4) that `text` begins with;
/// 0 when it begins with none. Never fails.
[[nodiscard]] std::size_t utf8_length(std::string_view text) noexcept;

/// Whether a text is well-formed UTF-8 from its begin to its end. Never fails.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace locket::tool
