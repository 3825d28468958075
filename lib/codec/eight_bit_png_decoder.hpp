#pragma once

#include <memory>

#include "base/kernel.hpp"
#include "codec/png_decoder.hpp"

namespace locket::codec {

/// Whether `make_eight_bit_png_decoder` takes a picture: 8-bit grey, RGB, RGBA or palette. Never fails.
[[nodiscard]] bool is_eight_bit_png(const PngLayout& layout) noexcept;

/// Decodes the 8-bit kinds of PNG (`is_eight_bit_png`) without libpng: inflates and undoes the filters in batches that
/// stay in the cache. Memory: two batches and 100 KB, whatever the height; of an interlaced picture, which is decoded
/// at the first call, all its pixels besides.
/// Inputs: as of `make_libpng_decoder`; which kernels run. Errors: `picture_work_over_limit` when that would take more
/// than `decode_memory_bytes_max`. Throws std::bad_alloc.
[[nodiscard]] Result<std::unique_ptr<PngDecoder>> make_eight_bit_png_decoder(const PngLayout& layout,
                                                                             const Limits& limits, Kernel kernel);

/// The two of them, once the limits were looked at. Inputs as above. Throw std::bad_alloc.
/// For a picture that is not interlaced.
[[nodiscard]] std::unique_ptr<PngDecoder> make_streaming_png_decoder(const PngLayout& layout, Kernel kernel);
/// For one that is.
[[nodiscard]] std::unique_ptr<PngDecoder> make_interlaced_png_decoder(const PngLayout& layout, Kernel kernel);

}  // namespace locket::codec
