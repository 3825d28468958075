#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "codec/png_decoder.hpp"
#include "codec/row_unfilter.hpp"
#include "codec/zlib_stream.hpp"

namespace locket::codec {
namespace {

/// Rows with a margin on both sides, each row at the same place of a cache line.
class RowBuffer {
 public:
  RowBuffer() = default;
  RowBuffer(std::size_t row_bytes, std::uint32_t rows)
      : stride_bytes_((row_bytes + 2 * unfilter_margin_bytes + 63) / 64 * 64),
        bytes_(stride_bytes_ * rows + unfilter_margin_bytes) {}

  [[nodiscard]] std::uint8_t* row(std::uint32_t y) noexcept {
    return bytes_.data() + unfilter_margin_bytes + y * stride_bytes_;
  }
  [[nodiscard]] std::size_t stride_bytes() const noexcept { return stride_bytes_; }

 private:
  std::size_t stride_bytes_ = 0;
  std::vector<std::uint8_t> bytes_;
};

/// The one colour that tRNS makes transparent in grey and RGB pictures.
class ColourKey {
 public:
  ColourKey() = default;

  /// Of 16-bit samples, as tRNS has them, 8-bit pictures mean the lower half.
  explicit ColourKey(const PngLayout& layout) noexcept {
    const bool grey = layout.colour == PngColour::grey;
    for (std::size_t channel = 0; channel < 3; ++channel) {
      key_[channel] = std::to_integer<std::uint8_t>(layout.transparency[grey ? 1 : 2 * channel + 1]);
    }
    step_ = grey ? 0 : 1;
  }

  /// Turns grey or RGB pixels into RGBA.
  void apply(const std::uint8_t* in, std::uint8_t* out, std::size_t pixels) const noexcept {
    const std::size_t pixel_bytes = 1 + 2 * step_;
    for (std::size_t i = 0; i < pixels; ++i, in += pixel_bytes, out += 4) {
      for (std::size_t channel = 0; channel < 3; ++channel) out[channel] = in[channel * step_];
      out[3] = std::equal(key_.begin(), key_.end(), out) ? 0 : 255;
    }
  }

 private:
  std::array<std::uint8_t, 3> key_{};
  std::size_t step_ = 0;
};

class StreamingPngDecoder final : public PngDecoder {
 public:
  StreamingPngDecoder(const PngLayout& layout, Kernel kernel)
      : size_(layout.size),
        stored_pixel_bytes_(stored_channels_of(layout.colour)),
        row_bytes_(std::size_t{size_.width_px} * stored_pixel_bytes_),
        batch_rows_(whole_groups(batch_rows_of(row_bytes_))),
        keyed_(layout.colour != PngColour::palette && !layout.transparency.empty()),
        unfilter_(unfilter_kernel(kernel)),
        pieces_(layout),
        stream_(pieces_, batch_rows_ * (1 + row_bytes_), kernel),
        rows_(row_bytes_, 1 + batch_rows_),
        zeros_(row_bytes_, 1) {
    if (!keyed_) return;
    key_ = ColourKey(layout);
    keyed_rows_.resize(std::size_t{size_.width_px} * 4 * batch_rows_);
  }

  [[nodiscard]] static std::uint32_t whole_groups(std::uint32_t rows) noexcept {
    return std::max(rows / unfilter_rows_together, 1U) * unfilter_rows_together;
  }

  [[nodiscard]] std::uint32_t pixel_bytes() const noexcept override { return keyed_ ? 4 : stored_pixel_bytes_; }

  Result<RowBatch> next_rows() override {
    const std::uint32_t rows = std::min(batch_rows_, size_.height_px - next_y_);
    if (rows == 0) return end();
    const std::size_t bytes = rows * (1 + row_bytes_);
    const Result<std::span<const std::uint8_t>> filtered = stream_.read(bytes);
    if (!filtered) return std::unexpected(named(filtered.error()));
    if (filtered->size() < bytes) return truncated();

    // The last row of the batch before is the one above this batch; row 0 of the buffer is kept for it.
    if (next_y_ > 0) std::copy_n(rows_.row(batch_rows_), row_bytes_, rows_.row(0));
    const FilteredRows batch{.filtered = filtered->data(),
                             .rows = rows_.row(1),
                             .stride_bytes = rows_.stride_bytes(),
                             .above = rows_.row(0),
                             .zeros = zeros_.row(0),
                             .count = rows,
                             .row_bytes = row_bytes_,
                             .pixel_bytes = stored_pixel_bytes_};
    if (!has_known_filters(batch)) return fail(Code::picture_data_invalid, "IDAT: an unknown filter");
    unfilter_(batch);
    next_y_ += rows;
    if (keyed_) return apply_key(rows);
    return RowBatch{.first = rows_.row(1), .stride_bytes = rows_.stride_bytes(), .rows = rows};
  }

 private:
  static Error named(const Error& error) { return {error.code, "IDAT: " + error.detail}; }

  static std::unexpected<Error> truncated() {
    return fail(Code::picture_truncated, "IDAT: the compressed data ends before the picture");
  }

  Result<RowBatch> end() {
    const Result<std::span<const std::uint8_t>> more = stream_.read(1);
    if (!more) return std::unexpected(named(more.error()));
    if (!more->empty()) return fail(Code::picture_data_invalid, "IDAT: holds more than the picture's rows");
    if (!stream_.ended()) return truncated();
    return RowBatch{};
  }

  RowBatch apply_key(std::uint32_t rows) noexcept {
    const std::size_t stride_bytes = std::size_t{size_.width_px} * 4;
    for (std::uint32_t y = 0; y < rows; ++y) {
      key_.apply(rows_.row(1 + y), keyed_rows_.data() + y * stride_bytes, size_.width_px);
    }
    return {.first = keyed_rows_.data(), .stride_bytes = stride_bytes, .rows = rows};
  }

  PixelSize size_;
  std::uint32_t stored_pixel_bytes_;
  std::size_t row_bytes_;
  std::uint32_t batch_rows_;
  bool keyed_;
  UnfilterKernel unfilter_;
  PngPieces pieces_;
  ZlibStream stream_;
  RowBuffer rows_;
  RowBuffer zeros_;
  ColourKey key_;
  std::vector<std::uint8_t> keyed_rows_;
  std::uint32_t next_y_ = 0;
};

}  // namespace

bool can_stream_png(const PngLayout& layout) noexcept {
  return layout.bit_depth == 8 && !layout.interlaced && layout.colour != PngColour::grey_alpha;
}

Result<std::unique_ptr<PngDecoder>> make_streaming_png_decoder(const PngLayout& layout, const Limits& limits,
                                                               Kernel kernel) {
  // A batch of rows that go together is the least; inflated, undone and with alpha it is there three times.
  constexpr std::uint64_t copies = 3;
  const std::uint64_t row_bytes = std::uint64_t{layout.size.width_px} * 4;
  if (row_bytes * unfilter_rows_together * copies > limits.decode_memory_bytes_max) {
    return fail(Code::picture_work_over_limit, "decoding takes more memory than a picture may take");
  }
  return std::make_unique<StreamingPngDecoder>(layout, kernel);
}

}  // namespace locket::codec
