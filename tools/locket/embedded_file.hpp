#pragma once

#include <span>
#include <string_view>

namespace locket::tool {

/// A file that is compiled into the program.
struct EmbeddedFile {
  std::string_view name;  ///< without a folder
  std::string_view bytes;
  std::string_view etag;  ///< strong entity tag, quotes included
};

/// The page, style and script that `locket gallery` writes. Live for the whole program. Any thread.
[[nodiscard]] std::span<const EmbeddedFile> gallery_files() noexcept;

}  // namespace locket::tool
