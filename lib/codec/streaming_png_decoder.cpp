#include <optional>
#include <utility>
#include <vector>

#include "codec/rgba_expander.hpp"
#include "codec/unfiltered_rows.hpp"
#include "codec/whole_byte_png_decoder.hpp"

namespace locket::codec {
namespace {

class StreamingPngDecoder final : public PngDecoder {
 public:
  StreamingPngDecoder(const PngLayout& layout, Kernel kernel)
      : size_(layout.size),
        stored_pixel_bytes_(stored_channels_of(layout.colour)),
        expander_(RgbaExpander::of(layout)),
        pieces_(layout),
        stream_(pieces_, UnfilteredRows::batch_bytes_of(row_bytes()), kernel),
        rows_(row_bytes(), stored_pixel_bytes_, unfilter_kernel(kernel)) {
    if (!expander_) return;
    expanded_rows_.resize(std::size_t{size_.width_px} * 4 * UnfilteredRows::batch_rows_of(row_bytes()));
  }

  [[nodiscard]] std::uint32_t pixel_bytes() const noexcept override { return expander_ ? 4 : stored_pixel_bytes_; }

  Result<RowBatch> next_rows() override {
    if (next_y_ == size_.height_px) {
      if (auto proven = prove_png_data_end(stream_); !proven) return std::unexpected(std::move(proven.error()));
      return RowBatch{};
    }
    Result<RowBatch> batch = rows_.next(stream_, size_.height_px - next_y_);
    if (!batch) return batch;
    next_y_ += batch->rows;
    return expander_ ? expanded(*batch) : *batch;
  }

 private:
  [[nodiscard]] std::size_t row_bytes() const noexcept { return std::size_t{size_.width_px} * stored_pixel_bytes_; }

  RowBatch expanded(const RowBatch& batch) noexcept {
    const std::size_t stride_bytes = std::size_t{size_.width_px} * 4;
    for (std::uint32_t y = 0; y < batch.rows; ++y) {
      expander_->apply(batch.first + y * batch.stride_bytes, expanded_rows_.data() + y * stride_bytes, size_.width_px);
    }
    return {.first = expanded_rows_.data(), .stride_bytes = stride_bytes, .rows = batch.rows};
  }

  PixelSize size_;
  std::uint32_t stored_pixel_bytes_;
  std::optional<RgbaExpander> expander_;
  PngPieces pieces_;
  ZlibStream stream_;
  UnfilteredRows rows_;
  std::vector<std::uint8_t> expanded_rows_;
  std::uint32_t next_y_ = 0;
};

}  // namespace

std::unique_ptr<PngDecoder> make_streaming_png_decoder(const PngLayout& layout, Kernel kernel) {
  return std::make_unique<StreamingPngDecoder>(layout, kernel);
}

}  // namespace locket::codec
