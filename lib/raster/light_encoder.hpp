#pragma once

#include <cstddef>
#include <cstdint>

#include "base/image.hpp"
#include "raster/row_kernels.hpp"

namespace locket::raster {

/// Turns pixels of linear light, 0 to `linear_one`, premultiplied, into 8-bit sRGB, not premultiplied, each sample to
/// the nearest. `format` has at least as many channels as there are planes; grey is repeated, and an absent alpha is
/// opaque. By tables and whole divisions: the same for every set of kernels. Never fails. Any thread.
void encode_light(Planes<const std::uint16_t> light, std::size_t pixels, RowFormat format,
                  std::uint8_t* samples) noexcept;

}  // namespace locket::raster
