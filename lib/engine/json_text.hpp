#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace locket::engine {

/// Appends text to a JSON string's inside: quotes, backslashes, control characters and DEL are escaped, whatever is not
/// UTF-8 becomes U+FFFD, and no more than `characters_max` characters (code points) are taken.
/// RFC 8259 section 7. Any thread. May throw `std::bad_alloc`.
void append_json_text(std::string& json, std::string_view text, std::uint32_t characters_max);

}  // namespace locket::engine
