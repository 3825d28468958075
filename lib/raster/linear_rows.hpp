#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/image.hpp"
#include "raster/aligned_samples.hpp"
#include "raster/row_kernels.hpp"

namespace locket::raster {

/// The last rows of the source in linear light, two by two; only the columns that are used.
class LinearRows {
 public:
  /// Which part of the source is used, in pairs of its columns and of its rows, and how many pairs of rows are held.
  struct Part {
    std::uint32_t first_column_pair = 0;
    std::uint32_t end_column_pair = 0;
    std::uint32_t first_row_pair = 0;
    std::uint32_t end_row_pair = 0;
    std::uint32_t held_row_pairs = 0;
  };

  /// Throws `std::bad_alloc`. `kernels` must outlive this.
  LinearRows(const RowKernels& kernels, PixelSize source, RowFormat format, const Part& part);

  /// Takes the next row of the source, or the next two. Inputs: at least one row, no more than the source still has.
  /// Result: how many were taken.
  std::uint32_t take(const RowBatch& batch) noexcept;

  /// How many pairs of rows have come, counted from the first used one.
  [[nodiscard]] std::uint32_t pairs() const noexcept { return pairs_; }

  /// Whether every row of the source has come.
  [[nodiscard]] bool complete() const noexcept { return rows_ == size_.height_px; }

  /// The count of channels that say something: of RGBA 3 as long as every pixel was opaque.
  [[nodiscard]] std::uint32_t channels() const noexcept { return channels_; }

  /// The samples of a plane: columns, rounded up to a whole `plane_step`.
  [[nodiscard]] std::size_t width() const noexcept { return width_; }

  /// One channel of a pair of rows that is still held.
  [[nodiscard]] const std::int16_t* pair(std::uint32_t pair, std::uint32_t channel) const noexcept {
    return samples_.data() + channel * plane_samples() + pair % part_.held_row_pairs * 2 * width_;
  }

 private:
  // The pairs of one channel lie together. If the channels of a pair did, the pairs of a 4K picture with alpha would be
  // a multiple of 4 KiB apart, and push each other out of the cache.
  [[nodiscard]] std::size_t plane_samples() const noexcept { return part_.held_row_pairs * 2 * width_; }
  [[nodiscard]] bool used(std::uint32_t y) const noexcept {
    return y / 2 >= part_.first_row_pair && y / 2 < part_.end_row_pair;
  }
  void take_pair(const std::uint8_t* upper, const std::uint8_t* lower) noexcept;

  const RowKernels& kernels_;
  PixelSize size_;
  RowFormat format_;
  Part part_;
  std::uint32_t columns_;
  std::size_t width_;
  std::uint32_t channels_;
  std::uint32_t rows_ = 0;
  std::uint32_t pairs_ = 0;
  std::vector<std::uint8_t> upper_;  ///< an even row whose odd one has not come
  AlignedSamples samples_;
};

}  // namespace locket::raster
