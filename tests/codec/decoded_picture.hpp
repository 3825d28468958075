#pragma once

#include <string>

#include "base/image.hpp"
#include "codec/row_reader.hpp"
#include "locket/bytes.hpp"
#include "locket/error.hpp"

namespace locket::codec {

/// A picture as `open_picture` gives it, all rows together.
struct DecodedPicture {
  Header header;
  Image image;
  std::uint32_t batches = 0;
};

/// Reads every row of a picture, and the end that proves the rest of the file.
[[nodiscard]] Result<DecodedPicture> decode_picture(BytesView upload, const Limits& limits = {});

/// Reads a whole file. Throws std::runtime_error.
[[nodiscard]] Bytes read_file(const std::string& path);

}  // namespace locket::codec
