#include "locket/engine.hpp"

#include <new>

#include "codec/png_writer.hpp"
#include "crypto/sha256.hpp"
#include "engine/default_picture.hpp"
#include "engine/thumbnail_engine.hpp"

namespace locket {
namespace {

constexpr std::size_t ihdr_end = 24;  // signature, chunk length and name, width, height

std::uint32_t big_endian(BytesView bytes, std::size_t place) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(bytes[place + i]);
  return value;
}

// A host's own default picture must keep the promise of every answer: a PNG of exactly this size.
bool is_png_of(BytesView file, PixelSize size) {
  return sniff_media_type(file) == MediaType::png && file.size() > ihdr_end && big_endian(file, 16) == size.width_px &&
         big_endian(file, 20) == size.height_px;
}

// Nothing is drawn for an engine that only imports: it would take longer than a picture's import.
Result<engine::FixedPicture> default_picture(Size size, std::optional<Bytes>& given, bool serves) {
  Bytes png;
  if (!given && !serves) return engine::FixedPicture{};
  if (given) {
    if (!is_png_of(*given, size_px(size))) {
      return fail(Code::argument_invalid, size == Size::small ? "default_small is not a PNG of 400x250"
                                                              : "default_large is not a PNG of 800x500");
    }
    png = std::move(*given);
    given.reset();
  } else {
    auto written = codec::write_png(engine::draw_default_picture(size), Effort::small);
    if (!written) return std::unexpected(std::move(written.error()));
    png = std::move(*written);
  }
  std::string etag = to_etag(crypto::sha256(png));
  return engine::FixedPicture{SharedBytes(std::move(png)), std::move(etag)};
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::create(const EngineParts& parts, EngineOptions options) {
  try {
    if (parts.store == nullptr) return fail(Code::argument_invalid, "an engine needs a store");
    const int policies = (parts.tokens != nullptr) + (parts.rates != nullptr) + (parts.access != nullptr);
    if (policies != 0 && policies != 3) {
      return fail(Code::argument_invalid, "an engine needs tokens, rates and access, or none of them");
    }
    EngineParts whole = parts;
    if (whole.clock == nullptr) whole.clock = &system_clock();
    auto small = default_picture(Size::small, options.default_small, policies == 3);
    if (!small) return std::unexpected(std::move(small.error()));
    auto large = default_picture(Size::large, options.default_large, policies == 3);
    if (!large) return std::unexpected(std::move(large.error()));
    return std::make_unique<engine::ThumbnailEngine>(whole, std::move(options), std::move(*small), std::move(*large));
  } catch (const std::bad_alloc&) {
    return fail(Code::out_of_memory);
  }
}

}  // namespace locket
