#include "serve/page_asset.hpp"

#include <array>
#include <span>
#include <utility>

namespace locket::tool {

// Both are made by embed_files.py.
std::span<const EmbeddedFile> page_files() noexcept;
std::span<const EmbeddedFile> openapi_files() noexcept;

const EmbeddedFile* find_page_asset(std::string_view path) noexcept {
  if (!path.starts_with('/')) return nullptr;
  path.remove_prefix(1);
  if (path == "index.html") return nullptr;  // one file, one path
  for (const EmbeddedFile& file : page_files()) {
    if (file.name == (path.empty() ? "index.html" : path)) return &file;
  }
  return nullptr;
}

const EmbeddedFile& openapi_document() noexcept { return openapi_files().front(); }

std::string_view media_type_of(const EmbeddedFile& file) noexcept {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> types{{
      {".html", "text/html; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".json", "application/json"},
  }};
  for (const auto& [end, type] : types) {
    if (file.name.ends_with(end)) return type;
  }
  return "application/octet-stream";
}

}  // namespace locket::tool
