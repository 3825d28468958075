#include "locket/engine.hpp"

#include <new>

#include "codec/png_writer.hpp"
#include "codec/row_reader.hpp"
#include "crypto/sha256.hpp"
#include "engine/default_picture.hpp"
#include "engine/thumbnail_engine.hpp"

namespace locket {
namespace {

// A host's own default picture must keep the promise of every answer: a whole PNG of exactly this size. It is no
// upload, so its bytes have no limit.
Result<void> prove_png(BytesView file, PixelSize size) {
  if (sniff_media_type(file) != MediaType::png) return fail(Code::picture_format_unknown);
  Limits limits;
  limits.picture_bytes_max = file.size();
  const auto reader = codec::open_picture(file, limits);
  if (!reader) return std::unexpected(reader.error());
  if ((*reader)->header().facts.size != size) return fail(Code::picture_header_invalid, "another size");
  while (true) {
    const auto batch = (*reader)->next_rows();
    if (!batch) return std::unexpected(batch.error());
    if (batch->rows == 0) return {};
  }
}

// Nothing is drawn for an engine that only imports: it would take longer than a picture's import.
Result<engine::FixedPicture> default_picture(Size size, std::optional<Bytes>& given, bool serves) {
  Bytes png;
  if (!given && !serves) return engine::FixedPicture{};
  if (given) {
    if (const auto proven = prove_png(*given, size_px(size)); !proven) {
      if (proven.error().code == Code::out_of_memory) return std::unexpected(proven.error());
      return fail(Code::argument_invalid, size == Size::small ? "default_small is not a whole PNG of 400x250"
                                                              : "default_large is not a whole PNG of 800x500");
    }
    png = std::move(*given);
    given.reset();
  } else {
    auto written = codec::write_png(engine::draw_default_picture(size), Effort::fast);
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
    if (!options.recipe.is_valid()) return fail(Code::argument_invalid, "there is no such fit, filter or effort");
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
