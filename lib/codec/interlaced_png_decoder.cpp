#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "codec/interlace_pass.hpp"
#include "codec/rgba_expander.hpp"
#include "codec/unfiltered_rows.hpp"
#include "codec/whole_byte_png_decoder.hpp"

namespace locket::codec {
namespace {

/// Puts the pixels of a row that many apart.
template <std::size_t pixel_bytes>
void spread(const std::uint8_t* in, std::uint8_t* out, std::size_t pixels, std::size_t apart) noexcept {
  for (std::size_t i = 0; i < pixels; ++i)
    std::memcpy(out + i * apart * pixel_bytes, in + i * pixel_bytes, pixel_bytes);
}

using Spread = void (*)(const std::uint8_t*, std::uint8_t*, std::size_t, std::size_t) noexcept;

Spread spread_of(std::uint32_t pixel_bytes) noexcept {
  if (pixel_bytes == 1) return spread<1>;
  return pixel_bytes == 3 ? spread<3> : spread<4>;
}

class InterlacedPngDecoder final : public PngDecoder {
 public:
  InterlacedPngDecoder(const PngLayout& layout, Kernel kernel)
      : size_(layout.size),
        stored_pixel_bytes_(stored_channels_of(layout.colour)),
        expander_(RgbaExpander::of(layout)),
        spread_(spread_of(pixel_bytes())),
        unfilter_(unfilter_kernel(kernel)),
        pieces_(layout),
        stream_(pieces_, batch_bytes_max(), kernel),
        stride_bytes_(std::size_t{size_.width_px} * pixel_bytes()),
        picture_(stride_bytes_ * size_.height_px) {
    if (expander_) expanded_row_.resize(stride_bytes_);
  }

  [[nodiscard]] std::uint32_t pixel_bytes() const noexcept override { return expander_ ? 4 : stored_pixel_bytes_; }

  Result<RowBatch> next_rows() override {
    if (std::exchange(given_, true)) return RowBatch{};
    for (const InterlacePass& pass : interlace_passes) {
      if (auto taken = take(pass); !taken) return std::unexpected(std::move(taken.error()));
    }
    if (auto proven = prove_png_data_end(stream_); !proven) return std::unexpected(std::move(proven.error()));
    return RowBatch{.first = picture_.data(), .stride_bytes = stride_bytes_, .rows = size_.height_px};
  }

 private:
  [[nodiscard]] std::size_t row_bytes_of(PixelSize pass) const noexcept {
    return std::size_t{pass.width_px} * stored_pixel_bytes_;
  }

  /// What the largest batch of a pass takes of the stream: rows of other widths come by other counts.
  [[nodiscard]] std::size_t batch_bytes_max() const noexcept {
    std::size_t most = 1;
    for (const InterlacePass& pass : interlace_passes) {
      const PixelSize size = pass.size_of(size_);
      if (size.width_px != 0) most = std::max(most, UnfilteredRows::batch_bytes_of(row_bytes_of(size)));
    }
    return most;
  }

  Result<void> take(const InterlacePass& pass) {
    const PixelSize size = pass.size_of(size_);
    if (size.width_px == 0 || size.height_px == 0) return {};
    UnfilteredRows rows(row_bytes_of(size), stored_pixel_bytes_, unfilter_);
    for (std::uint32_t y = 0; y < size.height_px;) {
      const Result<RowBatch> batch = rows.next(stream_, size.height_px - y);
      if (!batch) return std::unexpected(batch.error());
      for (std::uint32_t i = 0; i < batch->rows; ++i, ++y) {
        put(batch->first + i * batch->stride_bytes, pass, size.width_px, std::size_t{y} * pass.dy + pass.y0);
      }
    }
    return {};
  }

  void put(const std::uint8_t* row, const InterlacePass& pass, std::size_t pixels, std::size_t y) noexcept {
    if (expander_) {
      expander_->apply(row, expanded_row_.data(), pixels);
      row = expanded_row_.data();
    }
    spread_(row, picture_.data() + y * stride_bytes_ + std::size_t{pass.x0} * pixel_bytes(), pixels, pass.dx);
  }

  PixelSize size_;
  std::uint32_t stored_pixel_bytes_;
  std::optional<RgbaExpander> expander_;
  Spread spread_;
  UnfilterKernel unfilter_;
  PngPieces pieces_;
  ZlibStream stream_;
  std::size_t stride_bytes_;
  std::vector<std::uint8_t> picture_;
  std::vector<std::uint8_t> expanded_row_;
  bool given_ = false;
};

}  // namespace

std::unique_ptr<PngDecoder> make_interlaced_png_decoder(const PngLayout& layout, Kernel kernel) {
  return std::make_unique<InterlacedPngDecoder>(layout, kernel);
}

}  // namespace locket::codec
