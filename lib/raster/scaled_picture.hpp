#pragma once

#include <cstdint>
#include <optional>

#include "raster/aligned_samples.hpp"
#include "raster/band_scaler.hpp"
#include "raster/finished_image.hpp"
#include "raster/geometry.hpp"
#include "raster/linear_rows.hpp"
#include "raster/row_kernels.hpp"
#include "raster/taps.hpp"

namespace locket::raster {

/// One size of a picture, scaled straight from the rows of the source; or copied, when it has the source's size.
class ScaledPicture {
 public:
  /// Inputs: how many pixels more than are seen are to be made on each side; none for a copy. Throws
  /// `std::bad_alloc`. `kernels` must outlive this.
  ScaledPicture(const RowKernels& kernels, const Source& source, const Recipe& recipe, Size size,
                std::uint32_t margin_px);

  /// Adds what this needs of the source to what others need of it.
  void claim(LinearRows::Part& part) const noexcept;

  /// Takes memory for rows that hold that part; to be called once, before any row. Throws `std::bad_alloc`.
  void begin(const LinearRows::Part& part, std::size_t rows_width);

  /// Copies rows, if this is a copy: `y` is the first of them.
  void copy(const RowBatch& batch, std::uint32_t y) noexcept;

  /// Makes the next band of the rows so far, unless this is a copy. Result: the band, valid until the next call, or
  /// null when there is none yet; to be called again until then.
  [[nodiscard]] const Band* advance(const LinearRows& rows);

  /// The image; nothing else may follow.
  [[nodiscard]] Image take() noexcept { return image_.take(); }

 private:
  void put(const Band& band) noexcept;

  const RowKernels& kernels_;
  Frame frame_;
  FinishedImage image_;
  std::uint32_t channels_;
  std::uint32_t margin_px_;
  bool copied_;
  std::optional<TapTable> across_;  ///< until the scaler takes them
  std::optional<TapTable> down_;
  std::optional<BandScaler> scaler_;
  AlignedSamples rows_;  ///< a band as rows
};

}  // namespace locket::raster
