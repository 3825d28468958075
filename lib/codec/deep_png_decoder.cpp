#include <algorithm>
#include <optional>
#include <vector>

#include "codec/rgba_expander.hpp"
#include "codec/unfiltered_rows.hpp"
#include "codec/whole_byte_png_decoder.hpp"

namespace locket::codec {
namespace {

/// A 16-bit sample as the nearest of 8 bits, as libpng scales it: its upper byte, or a neighbour of that. In numbers of
/// 16 bits, of which vectors hold more.
constexpr std::uint8_t nearest_of(std::uint8_t upper, std::uint8_t lower) noexcept {
  const auto over = static_cast<std::int16_t>(lower - upper);
  const auto more = static_cast<std::int16_t>(over > 128 ? 1 : 0);
  const auto less = static_cast<std::int16_t>(over < -128 ? 1 : 0);
  return static_cast<std::uint8_t>(upper + more - less);
}

// Apart from the decoder, whose counts any byte that is written could change for all that the compiler knows.

void part_samples(const std::uint8_t* samples, std::size_t count, std::uint8_t* upper, std::uint8_t* lower) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    upper[i] = samples[2 * i];
    lower[i] = samples[2 * i + 1];
  }
}

void join_samples(const std::uint8_t* upper, const std::uint8_t* lower, std::size_t count, std::uint8_t* out) noexcept {
  for (std::size_t i = 0; i < count; ++i) out[i] = nearest_of(upper[i], lower[i]);
}

/// Every filter takes a byte's neighbours from the same place of other samples, so that the upper and the lower bytes
/// of 16-bit samples are two pictures of 8 bits, whose filters are undone as such.
class DeepPngDecoder final : public PngDecoder {
 public:
  DeepPngDecoder(const PngLayout& layout, Kernel kernel)
      : height_px_(layout.size.height_px),
        channels_(stored_channels_of(layout.colour)),
        width_px_(layout.size.width_px),
        row_samples_(width_px_ * channels_),
        expander_(RgbaExpander::of(layout)),
        batch_rows_(UnfilteredRows::batch_rows_of(row_samples_)),
        pieces_(layout),
        stream_(pieces_, batch_rows_ * (1 + 2 * row_samples_), kernel),
        upper_(row_samples_, channels_, unfilter_kernel(kernel)),
        lower_(row_samples_, channels_, unfilter_kernel(kernel)),
        filtered_upper_(batch_rows_ * (1 + row_samples_) + 2 * unfilter_margin_bytes),
        filtered_lower_(filtered_upper_.size()),
        rows_(batch_rows_ * row_samples_),
        expanded_rows_(expander_ ? batch_rows_ * width_px_ * 4 : 0) {}

  [[nodiscard]] std::uint32_t pixel_bytes() const noexcept override { return expander_ ? 4 : channels_; }

  Result<RowBatch> next_rows() override {
    if (next_y_ == height_px_) {
      if (auto proven = prove_png_data_end(stream_); !proven) return std::unexpected(std::move(proven.error()));
      return RowBatch{};
    }
    const std::uint32_t rows = std::min(batch_rows_, height_px_ - next_y_);
    const Result<const std::uint8_t*> filtered = read_png_data(stream_, rows * (1 + 2 * row_samples_));
    if (!filtered) return std::unexpected(filtered.error());
    part(*filtered, rows);
    const Result<RowBatch> upper = upper_.undo(filtered_upper_.data() + unfilter_margin_bytes, rows);
    if (!upper) return upper;
    const Result<RowBatch> lower = lower_.undo(filtered_lower_.data() + unfilter_margin_bytes, rows);
    if (!lower) return lower;
    next_y_ += rows;
    return join(*upper, *lower);
  }

 private:
  void part(const std::uint8_t* filtered, std::uint32_t rows) noexcept {
    std::uint8_t* upper = filtered_upper_.data() + unfilter_margin_bytes;
    std::uint8_t* lower = filtered_lower_.data() + unfilter_margin_bytes;
    for (std::uint32_t y = 0; y < rows; ++y) {
      *upper++ = *lower++ = *filtered++;
      part_samples(filtered, row_samples_, upper, lower);
      upper += row_samples_;
      lower += row_samples_;
      filtered += 2 * row_samples_;
    }
  }

  RowBatch join(const RowBatch& upper, const RowBatch& lower) noexcept {
    for (std::uint32_t y = 0; y < upper.rows; ++y) {
      const std::uint8_t* const from_upper = upper.first + y * upper.stride_bytes;
      const std::uint8_t* const from_lower = lower.first + y * lower.stride_bytes;
      std::uint8_t* const row = rows_.data() + y * row_samples_;
      join_samples(from_upper, from_lower, row_samples_, row);
      if (expander_)
        expander_->apply_deep(from_upper, from_lower, row, expanded_rows_.data() + y * width_px_ * 4, width_px_);
    }
    if (expander_) return {.first = expanded_rows_.data(), .stride_bytes = width_px_ * 4, .rows = upper.rows};
    return {.first = rows_.data(), .stride_bytes = row_samples_, .rows = upper.rows};
  }

  std::uint32_t height_px_;
  std::uint32_t channels_;
  std::size_t width_px_;
  std::size_t row_samples_;
  std::optional<RgbaExpander> expander_;
  std::uint32_t batch_rows_;
  PngPieces pieces_;
  ZlibStream stream_;
  UnfilteredRows upper_;
  UnfilteredRows lower_;
  std::vector<std::uint8_t> filtered_upper_;  ///< a batch of rows of upper bytes, each behind its filter byte
  std::vector<std::uint8_t> filtered_lower_;
  std::vector<std::uint8_t> rows_;
  std::vector<std::uint8_t> expanded_rows_;
  std::uint32_t next_y_ = 0;
};

}  // namespace

std::unique_ptr<PngDecoder> make_deep_png_decoder(const PngLayout& layout, Kernel kernel) {
  return std::make_unique<DeepPngDecoder>(layout, kernel);
}

}  // namespace locket::codec
