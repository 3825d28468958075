#include "codec/unfiltered_rows.hpp"

#include <algorithm>

#include "codec/png_decoder.hpp"

namespace locket::codec {
namespace {

Error named(const Error& error) { return {error.code, "IDAT: " + error.detail}; }

std::unexpected<Error> truncated() {
  return fail(Code::picture_truncated, "IDAT: the compressed data ends before the picture");
}

}  // namespace

UnfilteredRows::UnfilteredRows(std::size_t row_bytes, std::uint32_t pixel_bytes, UnfilterKernel unfilter)
    : row_bytes_(row_bytes),
      pixel_bytes_(pixel_bytes),
      batch_rows_(batch_rows_of(row_bytes)),
      unfilter_(unfilter),
      stride_bytes_((row_bytes + 2 * unfilter_margin_bytes + 63) / 64 * 64),
      bytes_(stride_bytes_ * (2 + std::size_t{batch_rows_}) + unfilter_margin_bytes) {}

std::uint32_t UnfilteredRows::batch_rows_of(std::size_t row_bytes) noexcept {
  return std::max(codec::batch_rows_of(row_bytes) / unfilter_rows_together, 1U) * unfilter_rows_together;
}

/// Row 0 holds zeros, row 1 the row above the batch, the batch begins at row 2.
std::uint8_t* UnfilteredRows::row(std::uint32_t y) noexcept {
  return bytes_.data() + unfilter_margin_bytes + y * stride_bytes_;
}

Result<RowBatch> UnfilteredRows::next(ZlibStream& stream, std::uint32_t rows_left) {
  const std::uint32_t rows = std::min(batch_rows_, rows_left);
  const Result<const std::uint8_t*> filtered = read_png_data(stream, rows * (1 + row_bytes_));
  if (!filtered) return std::unexpected(filtered.error());
  return undo(*filtered, rows);
}

Result<RowBatch> UnfilteredRows::undo(const std::uint8_t* filtered, std::uint32_t rows) {
  if (begun_) std::copy_n(row(1 + batch_rows_), row_bytes_, row(1));
  begun_ = true;
  const FilteredRows batch{.filtered = filtered,
                           .rows = row(2),
                           .stride_bytes = stride_bytes_,
                           .above = row(1),
                           .zeros = row(0),
                           .count = rows,
                           .row_bytes = row_bytes_,
                           .pixel_bytes = pixel_bytes_};
  if (!has_known_filters(batch)) return fail(Code::picture_data_invalid, "IDAT: an unknown filter");
  unfilter_(batch);
  return RowBatch{.first = row(2), .stride_bytes = stride_bytes_, .rows = rows};
}

Result<const std::uint8_t*> read_png_data(ZlibStream& stream, std::size_t bytes) {
  const Result<std::span<const std::uint8_t>> data = stream.read(bytes);
  if (!data) return std::unexpected(named(data.error()));
  if (data->size() < bytes) return truncated();
  return data->data();
}

Result<void> prove_png_data_end(ZlibStream& stream) {
  const Result<std::span<const std::uint8_t>> more = stream.read(1);
  if (!more) return std::unexpected(named(more.error()));
  if (!more->empty()) return fail(Code::picture_data_invalid, "IDAT: holds more than the picture's rows");
  if (!stream.ended()) return truncated();
  return {};
}

}  // namespace locket::codec
