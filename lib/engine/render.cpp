#include <algorithm>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <utility>

#include "codec/png_writer.hpp"
#include "codec/row_reader.hpp"
#include "locket/picture.hpp"
#include "raster/resizer.hpp"

namespace locket {
namespace {

Result<raster::Images> resize(codec::RowReader& reader, const Recipe& recipe) {
  const codec::Header& header = reader.header();
  auto resizer = raster::make_resizer(
      {.size = header.facts.size, .format = header.format, .orientation = header.facts.orientation}, recipe);
  if (!resizer) return std::unexpected(std::move(resizer.error()));
  for (;;) {
    auto batch = reader.next_rows();
    if (!batch) return std::unexpected(std::move(batch.error()));
    if (batch->rows == 0) break;
    auto pushed = (*resizer)->push(*batch);
    if (!pushed) return std::unexpected(std::move(pushed.error()));
  }
  return (*resizer)->finish();
}

/// Lets malloc keep what a render gives back for the next one. A render has some megabytes at a time. glibc returns
/// free memory to the system where it is more than twice the largest block that was freed, which is about what a
/// render's blocks come to: then every render has all its pages anew, which can take as long as the rest of it. One
/// block, never touched, raises that bound for good, as any block of this size in the host would; elsewhere it changes
/// nothing.
void keep_freed_memory() noexcept {
  constexpr std::size_t kept_bytes = std::size_t{8} << 20;
  [[maybe_unused]] static const bool once = [] {
    void* volatile block = std::malloc(kept_bytes);  // volatile, or the compiler leaves both calls out
    std::free(block);
    return true;
  }();
}

Result<Rendering> render_picture(BytesView upload, const Recipe& recipe, const Limits& limits) {
  if (!recipe.is_valid()) return fail(Code::argument_invalid, "there is no such fit, filter or effort");
  if (upload.empty()) return fail(Code::picture_empty, "the file is empty");
  if (upload.size() > limits.picture_bytes_max) {
    return fail(Code::picture_bytes_over_limit, "the file has " + std::to_string(upload.size()) +
                                                    " bytes, over the limit of " +
                                                    std::to_string(limits.picture_bytes_max) + " bytes");
  }
  // libjpeg could reduce a JPEG while it decodes, but averages in gamma-coded light: measured on drawings, that leaves
  // 35 to 48 dB of the 60 that the whole picture gives, even where three times the large size is kept. So it never
  // does.
  auto reader = codec::open_picture(upload, limits);
  if (!reader) return std::unexpected(std::move(reader.error()));
  const SourceFacts source = (*reader)->header().facts;
  keep_freed_memory();
  auto images = resize(**reader, recipe);
  if (!images) return std::unexpected(std::move(images.error()));
  reader->reset();
  auto small = codec::write_png(std::move(images->small), recipe.effort);
  if (!small) return std::unexpected(std::move(small.error()));
  auto large = codec::write_png(std::move(images->large), recipe.effort);
  if (!large) return std::unexpected(std::move(large.error()));
  return Rendering{SharedBytes(std::move(*small)), SharedBytes(std::move(*large)), source};
}

}  // namespace

Result<Rendering> render(BytesView upload, const Recipe& recipe, const Limits& limits) {
  try {
    return render_picture(upload, recipe, limits);
  } catch (const std::bad_alloc&) {
    return fail(Code::out_of_memory);
  } catch (const std::exception& failure) {
    return fail(Code::internal_error, failure.what());
  }
}

}  // namespace locket
