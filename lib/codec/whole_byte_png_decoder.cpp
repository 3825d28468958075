#include "codec/whole_byte_png_decoder.hpp"

#include "codec/row_unfilter.hpp"

namespace locket::codec {

bool is_whole_byte_png(const PngLayout& layout) noexcept {
  return layout.bit_depth == 8 || (layout.bit_depth == 16 && !layout.interlaced);
}

Result<std::unique_ptr<PngDecoder>> make_whole_byte_png_decoder(const PngLayout& layout, const Limits& limits,
                                                                Kernel kernel) {
  const bool deep = layout.bit_depth == 16;
  // A batch of rows that go together is the least; inflated, undone and with alpha it is there three times; deep ones
  // are inflated at twice the size, parted, undone by halves, joined, and with alpha.
  const std::uint64_t copies = deep ? 8 : 3;
  const std::uint64_t row_bytes = std::uint64_t{layout.size.width_px} * 4;
  const std::uint64_t rows = unfilter_rows_together * copies + (layout.interlaced ? layout.size.height_px : 0);
  if (row_bytes > limits.decode_memory_bytes_max / rows) {
    return fail(Code::picture_work_over_limit, "decoding takes more memory than a picture may take");
  }
  if (deep) return make_deep_png_decoder(layout, kernel);
  return layout.interlaced ? make_interlaced_png_decoder(layout, kernel) : make_streaming_png_decoder(layout, kernel);
}

}  // namespace locket::codec
