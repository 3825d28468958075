#include "rados/record_proof.hpp"

namespace locket::rados {
namespace {

constexpr std::size_t text_bytes_max = 65'536;  // a path, a recipe or a name

Result<PictureHead> prove_picture(const HashedBytes& png, const Limits& limits) {
  if (png.empty()) return fail(Code::argument_invalid, "a thumbnail without bytes");
  if (png.size() > limits.stored_picture_bytes_max) {
    return fail(Code::argument_invalid, "a thumbnail of " + std::to_string(png.size()) + " bytes, over the limit of " +
                                            std::to_string(limits.stored_picture_bytes_max));
  }
  if (!png.is_intact()) return fail(Code::argument_invalid, "a thumbnail was damaged before it could be stored");
  return PictureHead{0, png.size(), png.sha256(), png.checksum()};
}

}  // namespace

Result<ProvenRecord> prove(const Record& record, const Limits& limits) {
  for (const std::string* text : {&record.recipe, &record.source_path, &record.uploaded_by}) {
    if (text->size() > text_bytes_max) return fail(Code::argument_invalid, "a text of a record is too long");
  }
  if (!record.source.can_be()) return fail(Code::argument_invalid, "a source of no media type or orientation");
  const auto small = prove_picture(record.small, limits);
  if (!small) return std::unexpected(small.error());
  const auto large = prove_picture(record.large, limits);
  if (!large) return std::unexpected(large.error());
  ProvenRecord proven{{}, *small, *large};
  proven.bytes.reserve(record.small.size() + record.large.size());
  proven.bytes += as_text(record.small.view());
  proven.bytes += as_text(record.large.view());
  proven.large.offset = record.small.size();
  return proven;
}

}  // namespace locket::rados
