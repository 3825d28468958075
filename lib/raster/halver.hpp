#pragma once

#include <array>
#include <cstdint>

#include "raster/aligned_samples.hpp"
#include "raster/band_scaler.hpp"
#include "raster/row_kernels.hpp"
#include "raster/taps.hpp"

namespace locket::raster {

/// Makes a picture of half the size out of the bands of one that has `halving_margin_px` more pixels on each side.
class Halver {
 public:
  /// Inputs: the size to be made, and the channels of the source. Throws `std::bad_alloc`. `kernels` must outlive
  /// this.
  Halver(const RowKernels& kernels, PixelSize target, std::uint32_t channels);

  /// Takes the next band.
  void take(const Band& band);

  /// Gives the next row that can be made of the bands so far, valid until the next call; `first` is null when there is
  /// none.
  [[nodiscard]] Planes<const std::int16_t> next_row();

 private:
  const RowKernels& kernels_;
  TapTable across_;
  TapTable down_;
  std::size_t width_;
  std::uint32_t held_pairs_;
  std::uint32_t channels_ = 0;  ///< of the last band
  std::uint32_t pairs_ = 0;     ///< that have come
  std::uint32_t next_ = 0;      ///< target row
  std::size_t planes_;          ///< that are held of each row pair
  AlignedSamples blocks_;       ///< a band, half as wide
  AlignedSamples rows_;         ///< one channel of it as rows
  AlignedSamples held_;         ///< the last row pairs
  AlignedSamples row_;
};

}  // namespace locket::raster
