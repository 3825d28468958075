#pragma once

#include <memory>

#include "codec/png_decoder.hpp"

namespace locket::codec {

/// The two decoders of `make_eight_bit_png_decoder`, which has looked at the limits. Inputs as there. Throw
/// std::bad_alloc. For a picture that is not interlaced.
[[nodiscard]] std::unique_ptr<PngDecoder> make_streaming_png_decoder(const PngLayout& layout, Kernel kernel);
/// For one that is.
[[nodiscard]] std::unique_ptr<PngDecoder> make_interlaced_png_decoder(const PngLayout& layout, Kernel kernel);

}  // namespace locket::codec
