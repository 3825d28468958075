#include <vector>

#include "codec/png_decoder.hpp"
#include "codec/whole_byte_png_decoder.hpp"
#include "decoded_picture.hpp"
#include "decoded_png.hpp"
#include "fuzz_target.hpp"
#include "png_judge.hpp"

namespace locket::fuzz {
namespace {

using Rows = std::vector<std::uint8_t>;

Limits small_limits() {
  Limits limits;
  limits.picture_pixels_max = 200'000;
  limits.buffered_picture_pixels_max = 100'000;
  limits.decode_memory_bytes_max = 4'000'000;
  return limits;
}

Result<Rows> all_rows(Result<std::unique_ptr<codec::PngDecoder>> decoder, const codec::PngLayout& layout) {
  if (!decoder) return std::unexpected(decoder.error());
  const std::size_t row_bytes = std::size_t{layout.size.width_px} * (*decoder)->pixel_bytes();
  Rows rows;
  for (;;) {
    const Result<RowBatch> batch = (*decoder)->next_rows();
    if (!batch) return std::unexpected(batch.error());
    if (batch->rows == 0) return rows;
    for (std::uint32_t y = 0; y < batch->rows; ++y) {
      const std::uint8_t* const row = batch->first + y * batch->stride_bytes;
      rows.insert(rows.end(), row, row + row_bytes);
    }
  }
}

void compare_decoders(const codec::PngLayout& layout, const Limits& limits) {
  const Result<Rows> judged = all_rows(codec::make_libpng_decoder(layout, limits), layout);
  for (const Kernel kernel : {Kernel::plain, Kernel::automatic}) {
    const Result<Rows> ours = all_rows(codec::make_whole_byte_png_decoder(layout, limits, kernel), layout);
    // Ours undoes the filters of many rows together, and may need more than the limit where libpng does not.
    if (!ours && ours.error().code == Code::picture_work_over_limit) continue;
    demand(ours.has_value() == judged.has_value(), "both decoders take the same pictures");
    demand(!ours || *ours == *judged, "both decoders give the same rows");
  }
}

}  // namespace

void feed_png_reader(BytesView input) {
  const Limits limits = small_limits();
  if (sniff_media_type(input) != MediaType::png) return;  // the signature is looked at first
  const auto layout = codec::read_png_layout(input, limits);
  if (layout && codec::is_whole_byte_png(*layout)) compare_decoders(*layout, limits);
  const auto picture = codec::decode_picture(input, limits);
  if (!picture) {
    demand(code_name(picture.error().code).starts_with("picture_"), "a picture's fault has a picture's code");
    return;
  }
  demand(layout.has_value(), "what is decoded has a layout");
  if (!layout->profile.empty()) return;  // libpng alone does not apply profiles
  const auto judged = codec::judge_png(input);
  demand(judged.has_value(), "libpng takes what we take");
  demand(judged->size == picture->image.size, "libpng sees the same size");
  demand(codec::to_rgba(picture->image) == judged->samples, "libpng sees the same pixels");
}

}  // namespace locket::fuzz
