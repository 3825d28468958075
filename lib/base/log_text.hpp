#pragma once

#include <string>
#include <string_view>

namespace locket {

/// A text of somebody else's, such as a server's or a host's own part, for a line of the log: control characters
/// and what is not UTF-8 byte by byte, as `\x1b`. Throws std::bad_alloc. Cost: linear.
[[nodiscard]] std::string log_text(std::string_view text);

}  // namespace locket
