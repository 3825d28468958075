#include <algorithm>
#include <utility>
#include <vector>

#include "codec/jpeg_block_decoder.hpp"
#include "codec/jpeg_decoder.hpp"
#include "codec/jpeg_transform.hpp"
#include "codec/progressive_blocks.hpp"

namespace locket::codec {
namespace {

static_assert(jpeg_row_margin_bytes >= jpeg_margin_bytes);

/// How many groups take so many members.
constexpr std::uint32_t groups_of(std::uint32_t members, std::uint32_t most) noexcept {
  return (members + most - 1) / most;
}

/// The samples of one component in one row of units, and above them the last row of the units before.
class SamplePlane {
 public:
  SamplePlane(std::size_t width, std::uint32_t rows)
      : stride_(width + margin_left), rows_(rows), samples_(stride_ * (1 + rows) + jpeg_margin_bytes) {}

  /// Row 0 is the first of the units; -1 the last of those before. From one to the next it is `stride()`.
  [[nodiscard]] std::uint8_t* row(std::ptrdiff_t y) noexcept {
    return samples_.data() + static_cast<std::size_t>(y + 1) * stride_ + margin_left;
  }
  [[nodiscard]] std::size_t stride() const noexcept { return stride_; }

  /// With the samples that `widen` put at its ends.
  void keep_last_row() noexcept { std::copy_n(row(rows_ - 1) - 1, stride_ - margin_left + 2, row(-1) - 1); }

  /// Puts one more sample at both ends of each row.
  void widen(std::size_t width) noexcept {
    for (std::ptrdiff_t y = 0; y < std::ptrdiff_t{rows_}; ++y) {
      row(y)[-1] = row(y)[0];
      row(y)[width] = row(y)[width - 1];
    }
  }

 private:
  static constexpr std::size_t margin_left = 64;

  std::size_t stride_;
  std::uint32_t rows_;
  std::vector<std::uint8_t> samples_;
};

class StreamingJpegDecoder final : public JpegDecoder {
 public:
  StreamingJpegDecoder(PixelSize size, ChromaSampling sampling, std::unique_ptr<JpegBlockSource> source, Kernel kernel)
      : size_(size),
        sampling_(sampling),
        transforms_(jpeg_transforms(sampling, kernel)),
        source_(std::move(source)),
        blocks_(sampling),
        units_(unit_counts(size_, sampling_)) {
    const std::size_t groups = groups_of(units_.across, UnitBlocks::units_max);
    for (std::size_t i = 0; i < blocks_.components(); ++i) {
      const auto [across, down] = blocks_.factors(i);
      planes_.emplace_back(groups * UnitBlocks::units_max * across * BlockFour::side,
                           down * static_cast<std::uint32_t>(BlockFour::side));
    }
  }

  [[nodiscard]] JpegSamples samples() const noexcept override {
    return sampling_ == ChromaSampling::grey ? JpegSamples::grey : JpegSamples::rgb;
  }

  Result<void> read_rows(std::uint8_t* rows, std::size_t stride_bytes, std::uint32_t count) override {
    for (; count > 0; --count, ++next_y_, rows += stride_bytes) {
      while (next_y_ >= ready_rows()) {
        if (Result<void> decoded = decode_unit_row(); !decoded) return decoded;
      }
      give_row(next_y_, rows);
    }
    return {};
  }

  Result<void> finish() override { return source_->finish(); }

 private:
  /// So many rows of the picture can be given: where colour is blended with the row below, not the last decoded one.
  [[nodiscard]] std::uint32_t ready_rows() const noexcept {
    if (unit_row_ == units_.down) return size_.height_px;
    const std::uint32_t decoded = unit_row_ * unit_height_px(sampling_);
    return sampling_ == ChromaSampling::quarter && decoded > 0 ? decoded - 1 : decoded;
  }

  Result<void> decode_unit_row() {
    if (sampling_ == ChromaSampling::quarter) {
      for (SamplePlane& plane : planes_) plane.keep_last_row();
    }
    for (std::uint32_t first = 0; first < units_.across; first += UnitBlocks::units_max) {
      const std::uint32_t units = std::min(UnitBlocks::units_max, units_.across - first);
      if (Result<void> decoded = source_->decode(units, blocks_); !decoded) return decoded;
      for (std::size_t i = 0; i < planes_.size(); ++i) transform(i, first, units);
    }
    if (sampling_ == ChromaSampling::half || sampling_ == ChromaSampling::quarter) {
      for (std::size_t i = 1; i < planes_.size(); ++i) planes_[i].widen((std::size_t{size_.width_px} + 1) / 2);
    }
    ++unit_row_;
    return {};
  }

  /// Turns the blocks of one component into samples, and empties them.
  void transform(std::size_t component, std::uint32_t first_unit, std::uint32_t units) {
    const auto [across, down] = blocks_.factors(component);
    const std::size_t fours = groups_of(units * across, BlockFour::blocks);
    for (std::uint32_t y = 0; y < down; ++y) {
      std::uint8_t* out = planes_[component].row(std::ptrdiff_t{y} * static_cast<std::ptrdiff_t>(BlockFour::side)) +
                          std::size_t{first_unit} * across * BlockFour::side;
      for (BlockFour& four : blocks_.row(component, y).first(fours)) {
        transforms_.inverse(four, out, planes_[component].stride());
        four.clear();
        out += BlockFour::row_stride;
      }
    }
  }

  void give_row(std::uint32_t y, std::uint8_t* out) {
    const std::uint32_t units_above = unit_row_ - 1;
    const auto row_of = [&](std::size_t component, std::uint32_t row) {
      const std::uint32_t above = units_above * blocks_.factors(component).down * std::uint32_t{BlockFour::side};
      return planes_[component].row(std::ptrdiff_t{row} - std::ptrdiff_t{above});
    };
    if (sampling_ == ChromaSampling::grey) {
      std::copy_n(row_of(0, y), size_.width_px, out);
      return;
    }
    YcbcrRow row{.y = row_of(0, y), .width_px = size_.width_px};
    const bool quarter = sampling_ == ChromaSampling::quarter;
    const std::uint32_t nearest = quarter ? y / 2 : y;
    const std::uint32_t last = (size_.height_px + 1) / 2 - 1;
    const std::uint32_t second = y % 2 == 0 ? std::max(nearest, 1U) - 1 : std::min(nearest + 1, last);
    for (std::size_t i = 0; i < 2; ++i) {
      row.nearest[i] = row_of(1 + i, nearest);
      if (quarter) row.second[i] = row_of(1 + i, second);
    }
    transforms_.colour(row, out);
  }

  PixelSize size_;
  ChromaSampling sampling_;
  JpegTransforms transforms_;
  std::unique_ptr<JpegBlockSource> source_;
  UnitBlocks blocks_;
  std::vector<SamplePlane> planes_;
  UnitCounts units_;
  std::uint32_t unit_row_ = 0;  ///< the next to decode
  std::uint32_t next_y_ = 0;
};

/// What is decoded at once, one row of units, takes so much at most: 17 rows of brightness and twice 9 of half the
/// width, of a width that is filled up.
std::uint64_t unit_row_bytes(PixelSize size) noexcept {
  constexpr std::uint64_t bytes_for_each_column = 17 + 9 + 9;
  constexpr std::uint64_t fixed_bytes = 131'072;
  return std::uint64_t{size.width_px} * bytes_for_each_column + fixed_bytes;
}

}  // namespace

Result<std::unique_ptr<JpegDecoder>> make_streaming_jpeg_decoder(const BaselineScan& scan, const Limits& limits,
                                                                 Kernel kernel) {
  if (unit_row_bytes(scan.size) > limits.decode_memory_bytes_max) {
    return fail(Code::picture_work_over_limit, "decoding takes more memory than a picture may take");
  }
  std::unique_ptr<JpegBlockDecoder> blocks = JpegBlockDecoder::make(scan, kernel);
  if (blocks == nullptr) return nullptr;
  return std::make_unique<StreamingJpegDecoder>(scan.size, scan.sampling, std::move(blocks), kernel);
}

std::unique_ptr<JpegDecoder> make_progressive_jpeg_decoder(const ProgressiveFrame& frame, const Limits& limits,
                                                           Kernel kernel) {
  const std::uint64_t row_bytes = unit_row_bytes(frame.size);
  if (row_bytes > limits.decode_memory_bytes_max) return nullptr;
  std::unique_ptr<ProgressiveBlocks> blocks =
      ProgressiveBlocks::make(frame, limits.decode_memory_bytes_max - row_bytes, kernel);
  if (blocks == nullptr) return nullptr;
  return std::make_unique<StreamingJpegDecoder>(frame.size, frame.sampling, std::move(blocks), kernel);
}

}  // namespace locket::codec
