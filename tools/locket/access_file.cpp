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

std::optional<std::uint64_t> replace_access(Store& store, const AccessDocument& document) {
  const auto revision = store.replace_access(document);
  if (revision) return *revision;
  // A store on Ceph may have them all the same.
  const Code code = revision.error().code;
  const bool may_stand = code == Code::store_io_failed || code == Code::out_of_memory;
  complain(may_stand ? "the access facts may or may not have been replaced: load them once more"
                     : "the access facts stay as they were",
           revision.error());
  return std::nullopt;
}

}  // namespace locket::tool
