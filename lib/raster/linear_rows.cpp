#include "raster/linear_rows.hpp"

#include <algorithm>
#include <cstring>

#include "raster/transfer.hpp"

namespace locket::raster {

LinearRows::LinearRows(const RowKernels& kernels, PixelSize source, RowFormat format, const Part& part)
    : kernels_(kernels),
      size_(source),
      format_(format),
      part_(part),
      columns_(std::min(2 * part.end_column_pair, source.width_px) - 2 * part.first_column_pair),
      width_(padded(columns_)),
      channels_(std::min(channels_of(format), 3U)),
      upper_(static_cast<std::size_t>(columns_) * channels_of(format)),
      samples_(channels_ * plane_samples(), (channels_of(format) - channels_) * plane_samples()) {}

std::uint32_t LinearRows::take(const RowBatch& batch) noexcept {
  const bool completes = rows_ % 2 == 1;
  const bool last = rows_ + 1 == size_.height_px;
  const bool both = !completes && batch.rows >= 2;
  const std::uint8_t* row = batch.first + static_cast<std::size_t>(part_.first_column_pair) * 2 * channels_of(format_);
  if (!used(rows_)) {
    // The rows above and below the part that is seen.
  } else if (completes) {
    take_pair(upper_.data(), row);
  } else if (both) {
    take_pair(row, row + batch.stride_bytes);
  } else if (last) {
    take_pair(row, row);
  } else {
    std::memcpy(upper_.data(), row, upper_.size());
  }
  const std::uint32_t taken = both ? 2 : 1;
  rows_ += taken;
  return taken;
}

void LinearRows::take_pair(const std::uint8_t* upper, const std::uint8_t* lower) noexcept {
  if (format_ == RowFormat::rgba && channels_ == 3 &&
      !(kernels_.is_opaque(upper, columns_) && kernels_.is_opaque(lower, columns_))) {
    std::fill_n(samples_.data() + 3 * plane_samples(), plane_samples(), static_cast<std::int16_t>(linear_one));
    channels_ = 4;
  }
  std::int16_t* place = samples_.data() + pairs_++ % part_.held_row_pairs * 2 * width_;
  kernels_.linearise(upper, lower, format_, columns_, {place, plane_samples(), channels_});
}

}  // namespace locket::raster
