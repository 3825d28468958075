#pragma once

#include <optional>

#include "base/image.hpp"
#include "locket/bytes.hpp"

namespace locket::codec {

/// What libpng alone makes of a PNG file: png_read_image over the whole file, every chunk given to it, palette and
/// transparency expanded, 16 bits scaled to 8; 4 bytes a pixel. Nothing when libpng refuses the file.
[[nodiscard]] std::optional<Image> judge_png(BytesView file);

}  // namespace locket::codec
