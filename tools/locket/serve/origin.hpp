#pragma once

#include <string>

namespace locket::tool {

/// Judges an origin that pages may have, in the one form in which browsers send it (RFC 6454, section 6.2): `*` for
/// all, or scheme://host or scheme://host:port in lower case, without a path and without the scheme's default port.
/// What has another form would never be equal to what a browser sends.
/// Result: what is wrong, in words; empty when nothing is. Any thread.
[[nodiscard]] std::string origin_fault(const std::string& text);

}  // namespace locket::tool
