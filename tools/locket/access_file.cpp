#include "access_file.hpp"

#include <utility>

#include "input_file.hpp"
#include "message.hpp"

namespace locket::tool {

std::optional<AccessDocument> read_access_file(const std::string& path) {
  const Limits limits;
  const auto json =
      read_text(path, {.bytes_max = limits.access_document_bytes_max, .over = Code::access_document_invalid});
  if (!json) {
    complain("can't read " + path, json.error());
    return std::nullopt;
  }
  auto document = parse_access_document(*json, limits);
  if (document) return std::move(*document);
  complain("the access facts stay as they were: " + path, document.error());
  return std::nullopt;
}

}  // namespace locket::tool
