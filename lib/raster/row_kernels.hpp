#pragma once

#include <cstddef>
#include <cstdint>

#include "base/image.hpp"
#include "raster/taps.hpp"

namespace locket::raster {

/// So many rows go through the horizontal pass at once.
inline constexpr std::size_t band_rows = 8;

/// Planes of samples, one a channel: grey; red, green, blue; or these and alpha. Each plane has room for a whole
/// count of `plane_step`s.
template <class Sample>
struct Planes {
  Sample* first = nullptr;
  std::size_t stride = 0;      ///< samples from one plane to the next
  std::uint32_t channels = 0;  ///< 1, 3 or 4
};

/// The loops over pixels, as one set of functions. Sets differ in speed only. None fails or allocates.
///
/// Three forms of samples come up, always 16 bits:
/// rows        a plane is one row;
/// row pairs   a plane is two rows, each upper sample followed by the lower one; in which order the columns of a
///             `plane_step` stand is the set's own affair, as only its `blend` reads them;
/// blocks      a plane is `band_rows` rows, by pairs of columns: for each pair and each row the left and the right
/// sample.
struct RowKernels {
  /// Whether every pixel of an RGBA row is opaque.
  bool (*is_opaque)(const std::uint8_t* row, std::size_t pixels);

  /// Makes a row pair in linear light, premultiplied, 0 to `linear_one`, of two source rows. Of RGBA that is to fill
  /// three channels only, every pixel must be opaque. A pixel that is wholly transparent becomes zeros.
  void (*linearise)(const std::uint8_t* upper, const std::uint8_t* lower, RowFormat format, std::size_t pixels,
                    Planes<std::int16_t> pairs);

  /// Makes a row pair of two rows; `samples` is a whole `plane_step`.
  void (*pair_up)(const std::int16_t* upper, const std::int16_t* lower, std::size_t samples, std::int16_t* pairs);

  /// Weighs rows, the vertical pass: of the planes of as many row pairs as there are weights, the samples from `offset`
  /// on make as many as `samples` says, which go to `row` (both whole `plane_step`s). `rounding` is added to the sum
  /// before the shift.
  void (*blend)(const std::int16_t* const* pairs, const Taps& taps, std::int32_t rounding, std::size_t offset,
                std::size_t samples, std::int16_t* row);

  /// Makes a block of `band_rows` rows, `stride` samples apart; `samples` is a whole `plane_step`.
  void (*to_block)(const std::int16_t* rows, std::size_t stride, std::size_t samples, std::int16_t* block);

  /// Makes `band_rows` rows, `stride` samples apart, of a block; `samples` is a whole `plane_step`.
  void (*from_block)(const std::int16_t* block, std::size_t samples, std::int16_t* rows, std::size_t stride);

  /// Weighs columns, the horizontal pass: makes of a block one as wide as the table, with as many planes.
  void (*scale)(Planes<const std::int16_t> block, const TapTable& table, Planes<std::int16_t> scaled);

  /// Turns a row of linear light less `linear_bias` into 8-bit sRGB, not premultiplied, each sample to the nearest.
  /// `format` has at least as many channels; grey is repeated, and an absent alpha is opaque.
  void (*encode)(Planes<const std::int16_t> row, std::size_t pixels, RowFormat format, std::uint8_t* samples);
};

/// The kernels without vector instructions of our own: the rule that all others are held to. Any thread.
[[nodiscard]] const RowKernels& plain_kernels() noexcept;

/// The fastest kernels for this CPU. Any thread.
[[nodiscard]] const RowKernels& vector_kernels() noexcept;

/// The kernels that `chosen_kernel()` asks for. Any thread.
[[nodiscard]] const RowKernels& chosen_kernels() noexcept;

/// What `blend` adds to a sum so that the shift rounds to the nearest, less `bias`. Never fails.
[[nodiscard]] constexpr std::int32_t blend_rounding(std::uint32_t shift, std::int32_t bias) noexcept {
  return (1 << (shift - 1)) - (bias << shift);
}

}  // namespace locket::raster
