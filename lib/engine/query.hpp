#pragma once

#include <string>
#include <string_view>

#include "locket/error.hpp"
#include "locket/picture.hpp"

namespace locket::engine {

/// Reads the parameter `size` of a query (`a=b&size=large`), names and values percent-decoded; others are ignored.
/// Result: the size, `small` when the parameter is absent; or `size_invalid`, whose detail is the value as the caller
/// gave it, decoded (all of them, joined by commas, when it stands more than once). Any thread. May throw
/// `std::bad_alloc`.
[[nodiscard]] Result<Size> parse_size(std::string_view query);

/// Reads a `Content-Type` value: the media type in any case, parameters ignored.
/// Result: the type; `content_type_missing` for an empty value; `content_type_unsupported` for another, with the value
/// as its detail. May throw `std::bad_alloc`.
[[nodiscard]] Result<MediaType> parse_content_type(std::string_view value);

}  // namespace locket::engine
