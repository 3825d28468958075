#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/image.hpp"
#include "locket/bytes.hpp"

namespace locket::codec {

/// What libpng, the judge, makes of a PNG file.
struct DecodedPng {
  PixelSize size;
  int colour_type = -1;
  int bit_depth = 0;
  std::vector<std::uint8_t> rgba;  ///< 4 bytes a pixel, whatever the file held
  std::vector<std::string> warnings;
};

/// Decodes a whole PNG file with libpng's row interface. Throws std::runtime_error when libpng refuses it.
[[nodiscard]] DecodedPng decode_with_libpng(BytesView file);

/// The names of a PNG's chunks in their order, its lengths followed; checksums are libpng's part.
[[nodiscard]] std::vector<std::string> chunk_names(BytesView file);

/// The samples of an image as 4 bytes a pixel.
[[nodiscard]] std::vector<std::uint8_t> to_rgba(const Image& image);

}  // namespace locket::codec
