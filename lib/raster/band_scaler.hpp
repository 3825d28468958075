#pragma once

#include <cstdint>
#include <vector>

#include "raster/aligned_samples.hpp"
#include "raster/linear_rows.hpp"
#include "raster/row_kernels.hpp"
#include "raster/taps.hpp"

namespace locket::raster {

/// Some neighbouring rows of a scaled picture: a block of linear light less `linear_bias`.
struct Band {
  Planes<const std::int16_t> block;
  std::uint32_t first_row = 0;  ///< a multiple of `band_rows`
  std::uint32_t rows = 0;       ///< up to `band_rows`; what the block holds beyond them means nothing
};

/// Scales the rows of a source: the vertical pass, then the horizontal one, `band_rows` rows at a time.
class BandScaler {
 public:
  /// Inputs: the tables of both axes, counted from the first pair of columns and rows that is held; the width of the
  /// rows; and the channels of the source. Throws `std::bad_alloc`. `kernels` must outlive this.
  BandScaler(const RowKernels& kernels, TapTable across, TapTable down, std::size_t rows_width, std::uint32_t channels);

  /// Goes on with the rows that have come. Result: whether a band was finished, which `band()` then gives; to be called
  /// again until there is none.
  [[nodiscard]] bool advance(const LinearRows& rows);

  /// The band that `advance` finished, valid until it is called again.
  [[nodiscard]] const Band& band() const noexcept { return band_; }

  /// Samples of a plane of a row as wide as a band: columns, rounded up to a whole `plane_step`.
  [[nodiscard]] std::size_t width() const noexcept { return width_; }

 private:
  [[nodiscard]] std::uint32_t ready(std::uint32_t pairs) const noexcept;
  void blend(const LinearRows& rows, std::uint32_t end);
  [[nodiscard]] std::int16_t* tile_of(std::uint32_t channel, std::size_t from) noexcept;
  void finish_band(std::uint32_t channels);

  const RowKernels& kernels_;
  TapTable across_;
  TapTable down_;
  std::size_t rows_width_;
  std::size_t width_;
  std::uint32_t channels_;                    ///< of the blended rows: of RGBA 3 as long as every pixel was opaque
  std::uint32_t next_ = 0;                    ///< target row
  std::vector<const std::int16_t*> weighed_;  ///< row pairs of some target rows, one after the other
  AlignedSamples blended_;                    ///< a band after the vertical pass: tile by tile rows, and then a block
  AlignedSamples scaled_;                     ///< a block of each channel
  Band band_;
};

}  // namespace locket::raster
