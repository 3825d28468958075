#pragma once

#include <string>
#include <string_view>

namespace locket::policy {

/// Quotes a name that came from outside for one line of text to a person: within double quotes; quotes and
/// backslashes escaped by a backslash; control characters, characters that turn or hide text (bidirectional controls,
/// zero-width ones, line separators) as \u{HEX}; bytes that are not UTF-8 as \xHH; cut after 256 characters, with
/// three dots behind the closing quote. Any thread. Cost: linear in what is kept.
[[nodiscard]] std::string quote_name(std::string_view name);

}  // namespace locket::policy
