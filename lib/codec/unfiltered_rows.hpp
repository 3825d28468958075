#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/image.hpp"
#include "codec/row_unfilter.hpp"
#include "codec/zlib_stream.hpp"
#include "locket/error.hpp"

namespace locket::codec {

/// Takes rows of one width out of a PNG's compressed data and undoes their filters, in batches that stay in the cache.
/// One thread.
class UnfilteredRows {
 public:
  /// Inputs: the bytes of a row without its filter byte, at least 1; those of a pixel, 1 to 4; the kernel.
  /// Memory: a batch. Throws std::bad_alloc.
  UnfilteredRows(std::size_t row_bytes, std::uint32_t pixel_bytes, UnfilterKernel unfilter);

  /// The count of rows of a whole batch, a multiple of `unfilter_rows_together`. Input: as above. Never fails.
  [[nodiscard]] static std::uint32_t batch_rows_of(std::size_t row_bytes) noexcept;

  /// What a batch takes of the stream, which must be able to give as much at once. Input: as above. Never fails.
  [[nodiscard]] static std::size_t batch_bytes_of(std::size_t row_bytes) noexcept {
    return batch_rows_of(row_bytes) * (1 + row_bytes);
  }

  /// Gives the next batch of `rows_left` rows, at least one; all but the last are whole. The view is valid until the
  /// next call. Errors: those of the stream; `picture_truncated`; `picture_data_invalid` for an unknown filter. Of no
  /// more use then.
  [[nodiscard]] Result<RowBatch> next(ZlibStream& stream, std::uint32_t rows_left);

  /// The same for the next rows that were taken out already, a batch at most. Input: the filter byte of the first row;
  /// each row follows the one before, and `unfilter_margin_bytes` on both sides of them may be read.
  [[nodiscard]] Result<RowBatch> undo(const std::uint8_t* filtered, std::uint32_t rows);

 private:
  [[nodiscard]] std::uint8_t* row(std::uint32_t y) noexcept;

  std::size_t row_bytes_;
  std::uint32_t pixel_bytes_;
  std::uint32_t batch_rows_;
  UnfilterKernel unfilter_;
  std::size_t stride_bytes_;         ///< each row with a margin on both sides, at the same place of a cache line
  std::vector<std::uint8_t> bytes_;  ///< a row of zeros, the row above the batch, the batch
  bool begun_ = false;
};

/// Takes the next bytes of a PNG's rows; the view is valid until the next call. Errors: those of the stream;
/// `picture_truncated` where there are not so many.
[[nodiscard]] Result<const std::uint8_t*> read_png_data(ZlibStream& stream, std::size_t bytes);

/// Proves that a PNG's compressed data ends behind its last row. Errors: `picture_truncated`, `picture_data_invalid`,
/// `picture_checksum_wrong`.
[[nodiscard]] Result<void> prove_png_data_end(ZlibStream& stream);

}  // namespace locket::codec
