#pragma once

#include <memory>

#include "base/kernel.hpp"
#include "codec/png_decoder.hpp"

namespace locket::codec {

/// Whether `make_whole_byte_png_decoder` takes a picture: all of 8 bits, and of 16 bits what is not interlaced. Never
/// fails.
[[nodiscard]] bool is_whole_byte_png(const PngLayout& layout) noexcept;

/// Decodes PNGs whose samples are whole bytes (`is_whole_byte_png`) without libpng: inflates and undoes the filters in
/// batches that stay in the cache. Memory: two batches and 100 KB, of 16 bits some more, whatever the height; of an
/// interlaced picture, which is decoded at the first call, all its pixels besides. Inputs: as of `make_libpng_decoder`;
/// which kernels run. Errors: `picture_work_over_limit` when that would take more than `decode_memory_bytes_max`.
/// Throws std::bad_alloc.
[[nodiscard]] Result<std::unique_ptr<PngDecoder>> make_whole_byte_png_decoder(const PngLayout& layout,
                                                                              const Limits& limits, Kernel kernel);

/// Each of them, once the limits were looked at. Inputs as above. Throw std::bad_alloc.
/// For a picture of 8 bits that is not interlaced.
[[nodiscard]] std::unique_ptr<PngDecoder> make_streaming_png_decoder(const PngLayout& layout, Kernel kernel);
/// For one that is.
[[nodiscard]] std::unique_ptr<PngDecoder> make_interlaced_png_decoder(const PngLayout& layout, Kernel kernel);
/// For one of 16 bits.
[[nodiscard]] std::unique_ptr<PngDecoder> make_deep_png_decoder(const PngLayout& layout, Kernel kernel);

}  // namespace locket::codec
