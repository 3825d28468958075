#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace locket::policy {

/// Whether some bytes are well-formed UTF-8 (Unicode 15, table 3-7: no overlong form, no surrogate, nothing above
/// U+10FFFF). Never fails, allocates nothing. Any thread.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// Quotes a name that came from outside for one line of text to a person: within double quotes; quotes and
/// backslashes escaped by a backslash; control characters, characters that turn or hide text (bidirectional controls,
/// zero-width ones, line separators) as \u{HEX}; bytes that are not UTF-8 as \xHH; cut after 256 characters, with
/// three dots behind the closing quote. Any thread. Cost: linear in what is kept.
[[nodiscard]] std::string quote_name(std::string_view name);

}  // namespace locket::policy
