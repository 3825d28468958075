#include <initializer_list>
#include <string>

#include "base/guarded.hpp"
#include "locket/store.hpp"

namespace locket {
namespace {

bool are_within(std::initializer_list<const std::string*> texts, std::uint32_t bytes_max) {
  for (const std::string* text : texts) {
    if (text->size() > bytes_max) return false;
  }
  return true;
}

Result<void> check_picture(const HashedBytes& png, std::uint64_t bytes_max) {
  if (png.empty()) return fail(Code::argument_invalid, "a thumbnail without bytes");
  if (png.size() > bytes_max) {
    return fail(Code::argument_invalid, "a thumbnail of " + std::to_string(png.size()) + " bytes, over the limit of " +
                                            std::to_string(bytes_max));
  }
  if (!png.is_intact()) return fail(Code::argument_invalid, "a thumbnail was damaged before it could be stored");
  return {};
}

}  // namespace

Result<void> check_record(const Record& record, const Limits& limits) {
  return guarded([&]() -> Result<void> {
    if (!are_within({&record.recipe, &record.source_path, &record.uploaded_by}, limits.stored_text_bytes_max)) {
      return fail(Code::argument_invalid, "a text of a record is too long");
    }
    if (!record.source.is_valid()) return fail(Code::argument_invalid, "a source of no media type or orientation");
    if (auto checked = check_picture(record.small, limits.stored_picture_bytes_max); !checked) return checked;
    return check_picture(record.large, limits.stored_picture_bytes_max);
  });
}

Result<void> check_import_failure(const ImportFailure& failure, const Limits& limits) {
  return guarded([&]() -> Result<void> {
    if (are_within({&failure.source_path, &failure.code, &failure.reason}, limits.stored_text_bytes_max)) return {};
    return fail(Code::argument_invalid, "a text of a failed import is too long");
  });
}

}  // namespace locket
