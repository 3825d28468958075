#pragma once

#include <cstdint>
#include <functional>

#include "base/image.hpp"
#include "locket/picture.hpp"
#include "raster/resizer.hpp"

namespace locket::raster {

/// Pictures made by a formula, the same on every machine.
enum class Subject : std::uint8_t { thin_lines, checker, gradient, noise, blobs, flat };

/// Draws a picture. With alpha, about half of it is translucent or empty, with hard and soft edges.
[[nodiscard]] Image draw(Subject subject, PixelSize size, RowFormat format);

/// Sends a whole picture through a resizer, `batch_rows` at a time.
[[nodiscard]] Images resize(const Image& source, const Recipe& recipe = {}, std::uint8_t orientation = 1,
                            std::uint32_t batch_rows = 5);

/// The picture as it is seen once its orientation is applied.
[[nodiscard]] Image upright(const Image& image, std::uint8_t orientation);

}  // namespace locket::raster
