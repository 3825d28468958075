#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/image.hpp"
#include "raster/taps.hpp"

namespace locket::raster {

/// A row of samples, one plane a channel: grey; red, green, blue; or these and alpha.
struct Planes {
  std::int16_t* first = nullptr;
  std::size_t stride = 0;  ///< samples from one plane to the next
};

/// Turns `pixels` of a row into linear light, premultiplied by alpha, 0 to `linear_one`.
/// Inputs: the first byte of the first of them; planes of at least as many samples. A pixel that is wholly
/// transparent becomes zeros.
void linearise(const std::uint8_t* row, RowFormat format, std::size_t pixels, Planes planes) noexcept;

/// Weighs rows: the vertical pass, for one plane.
/// Inputs: as many rows as weights, each as long as `blended`. Result: linear light less `linear_bias`.
void blend_rows(std::span<const std::int16_t* const> rows, const Taps& taps, std::span<std::int16_t> blended) noexcept;

/// Weighs the pixels of a row: the horizontal pass, for one plane.
/// Inputs: a row that begins with source pixel `from_px` of the table; `scaled` as long as the table has target
/// pixels. Both are linear light less `linear_bias`.
void blend_columns(std::span<const std::int16_t> row, std::uint32_t from_px, const TapTable& table,
                   std::span<std::int16_t> scaled) noexcept;

/// Turns a finished row back into 8-bit sRGB, not premultiplied, each sample to the nearest.
/// Inputs: planes of linear light less `linear_bias` in the source's format; room for `pixels` in `format`, which has
/// at least the source's channels. Grey is repeated and an absent alpha is opaque where `format` asks for more.
void encode(Planes planes, RowFormat source_format, std::size_t pixels, RowFormat format, std::uint8_t* row) noexcept;

}  // namespace locket::raster
