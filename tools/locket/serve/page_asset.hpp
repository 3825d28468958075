#pragma once

#include <string_view>

#include "embedded_file.hpp"

namespace locket::tool {

/// The file of the operator's page that is served at a path (`/`, `/page.css`), or nothing. Lives for the whole
/// program. Any thread.
[[nodiscard]] const EmbeddedFile* find_page_asset(std::string_view path) noexcept;

/// The OpenAPI document. Lives for the whole program. Any thread.
[[nodiscard]] const EmbeddedFile& openapi_document() noexcept;

/// The media type of a compiled-in file, by the end of its name. Static.
[[nodiscard]] std::string_view media_type_of(const EmbeddedFile& file) noexcept;

}  // namespace locket::tool
