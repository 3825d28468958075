#include "import_item.hpp"

#include <filesystem>

namespace locket::tool {

std::string lower_extension(const std::string& path) {
  std::string extension = std::filesystem::path(path).extension().string();
  for (char& c : extension) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return extension;
}

SourceKind kind_by_name(const std::string& path) {
  const std::string extension = lower_extension(path);
  if (extension == ".png" || extension == ".jpg" || extension == ".jpeg") return SourceKind::picture;
  if (extension == ".bim" || extension == ".ibim") return SourceKind::imodel_file;
  return SourceKind::unknown;
}

std::optional<Guid> id_by_name(const std::string& path, bool derive) {
  const std::filesystem::path name(path);
  if (auto id = parse_guid(name.stem().string())) return id;
  if (derive) return derive_guid(name.filename().string());
  return std::nullopt;
}

}  // namespace locket::tool
