#include "rados/thumbnail_head.hpp"

#include "rados/wire.hpp"

namespace locket::rados {
namespace {

constexpr std::string_view format = "locket head 1";

void add(Encoder& encoder, const PictureHead& picture) {
  encoder.add(picture.offset).add(picture.bytes).add_raw(picture.sha256).add_raw(picture.checksum);
}

PictureHead picture_of(Decoder& decoder) {
  PictureHead picture;
  picture.offset = decoder.integer();
  picture.bytes = decoder.integer();
  decoder.raw(picture.sha256);
  decoder.raw(picture.checksum);
  return picture;
}

std::uint64_t seal_of(std::string_view text, const Guid& imodel_id) {
  return static_cast<std::uint64_t>(crypto::Sealer().add(text).add(imodel_id).seal());
}

SourceFacts source_of(Decoder& decoder) {
  SourceFacts source;
  source.media_type = static_cast<MediaType>(decoder.integer());
  source.size.width_px = static_cast<std::uint32_t>(decoder.integer());
  source.size.height_px = static_cast<std::uint32_t>(decoder.integer());
  source.bytes = decoder.integer();
  source.orientation = static_cast<std::uint8_t>(decoder.integer());
  source.buffered = decoder.integer() != 0;
  source.profile_ignored = decoder.integer() != 0;
  return source;
}

}  // namespace

std::string encode(const ThumbnailHead& head, const Guid& imodel_id) {
  Encoder encoder;
  encoder.add(format).add(head.revision).add(head.itwin_id).add(std::uint64_t{head.uploaded}).add(head.removed_at);
  add(encoder, head.small);
  add(encoder, head.large);
  encoder.add_raw(head.source_digest)
      .add(static_cast<std::uint64_t>(head.source.media_type))
      .add(std::uint64_t{head.source.size.width_px})
      .add(std::uint64_t{head.source.size.height_px})
      .add(head.source.bytes)
      .add(std::uint64_t{head.source.orientation})
      .add(std::uint64_t{head.source.buffered})
      .add(std::uint64_t{head.source.profile_ignored})
      .add(std::string_view(head.recipe))
      .add(std::string_view(head.source_path))
      .add(std::string_view(head.uploaded_by))
      .add(static_cast<std::uint64_t>(head.updated_at_s));
  encoder.add(seal_of(encoder.text(), imodel_id));
  return encoder.text();
}

std::optional<ThumbnailHead> decode_head(std::string_view text, const Guid& imodel_id) {
  if (text.size() < 8) return std::nullopt;
  const std::string_view sealed = text.substr(0, text.size() - 8);
  Decoder seal(text.substr(sealed.size()));
  if (seal.integer() != seal_of(sealed, imodel_id)) return std::nullopt;
  Decoder decoder(sealed);
  if (decoder.text() != format) return std::nullopt;
  ThumbnailHead head;
  head.revision = decoder.integer();
  head.itwin_id = decoder.guid();
  head.uploaded = decoder.integer() != 0;
  head.removed_at = decoder.integer();
  head.small = picture_of(decoder);
  head.large = picture_of(decoder);
  decoder.raw(head.source_digest);
  head.source = source_of(decoder);
  head.recipe = decoder.text();
  head.source_path = decoder.text();
  head.uploaded_by = decoder.text();
  head.updated_at_s = static_cast<std::int64_t>(decoder.integer());
  if (!decoder.finished()) return std::nullopt;
  return head;
}

}  // namespace locket::rados
