#pragma once

#include <cstddef>
#include <random>
#include <string>

#include "base/image.hpp"
#include "encoded_jpeg.hpp"
#include "locket/bytes.hpp"

namespace locket::codec {

/// Lines, areas and noise: blocks of one value, of few coefficients and of many.
[[nodiscard]] Image drawn_image(PixelSize size, RowFormat format, std::mt19937& random);

/// Demands that our decoders, by either kernel, take a file and give libjpeg's pixels. The name is for the one who
/// reads of a failure.
void expect_same_pixels(BytesView file, const std::string& name);

/// A file with one to three bytes behind a place changed, left out or put in.
[[nodiscard]] Bytes damaged_behind(const Bytes& file, std::size_t place, std::mt19937& random);

}  // namespace locket::codec
