#include "raster/resizer.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "raster/geometry.hpp"
#include "raster/placement.hpp"
#include "raster/row_kernels.hpp"
#include "raster/taps.hpp"

namespace locket::raster {
namespace {

/// The last rows of the source in linear light; only the columns that are used.
class LinearRows {
 public:
  LinearRows(RowFormat format, std::uint32_t from_px, std::uint32_t columns, std::uint32_t capacity)
      : format_(format),
        from_px_(from_px),
        columns_(columns),
        capacity_(capacity),
        samples_(static_cast<std::size_t>(capacity) * columns * channels_of(format)) {}

  [[nodiscard]] std::uint32_t from_px() const noexcept { return from_px_; }
  [[nodiscard]] std::uint32_t columns() const noexcept { return columns_; }

  void take(const std::uint8_t* row, std::uint32_t y) noexcept {
    linearise(row + static_cast<std::size_t>(from_px_) * channels_of(format_), format_, columns_,
              {place(y, 0), columns_});
  }

  [[nodiscard]] const std::int16_t* plane(std::uint32_t y, std::uint32_t channel) const noexcept {
    return const_cast<LinearRows*>(this)->place(y, channel);
  }

 private:
  [[nodiscard]] std::int16_t* place(std::uint32_t y, std::uint32_t channel) noexcept {
    return samples_.data() + (static_cast<std::size_t>(y % capacity_) * channels_of(format_) + channel) * columns_;
  }

  RowFormat format_;
  std::uint32_t from_px_;
  std::uint32_t columns_;
  std::uint32_t capacity_;
  std::vector<std::int16_t> samples_;
};

/// Whether a picture takes exactly the pixels of its source.
bool is_copy(const Frame& frame) {
  const auto same = [](const Axis& axis) {
    return axis.source_px == axis.target_px && axis.begin_px == 0.0 && axis.step_px == 1.0;
  };
  return !frame.padded() && same(frame.across) && same(frame.down);
}

RowFormat format_of(RowFormat source, const Frame& frame, const Colour& background) {
  if (!frame.padded() || source == RowFormat::rgba) return source;
  if (background.alpha != 255) return RowFormat::rgba;
  const bool grey = background.red == background.green && background.green == background.blue;
  return source == RowFormat::grey && grey ? RowFormat::grey : RowFormat::rgb;
}

void fill(Image& image, const Colour& colour) {
  const std::array<std::uint8_t, 4> pixel{colour.red, colour.green, colour.blue, colour.alpha};
  const std::size_t channels = channels_of(image.format);
  for (std::size_t at = 0; at < image.samples.size(); ++at) image.samples[at] = pixel[at % channels];
}

/// Makes one of the two sizes.
class Scaler {
 public:
  Scaler(const Source& source, const Recipe& recipe, Size size)
      : frame_(frame_of(source, recipe.fit, size)),
        copy_(is_copy(frame_)),
        across_(frame_.across, recipe.filter),
        down_(frame_.down, recipe.filter),
        source_format_(source.format),
        placement_(frame_, source.orientation, format_of(source.format, frame_, recipe.background)),
        scaled_(static_cast<std::size_t>(frame_.across.target_px) * channels_of(source.format)) {
    image_.size = size_px(size);
    image_.format = format_of(source.format, frame_, recipe.background);
    image_.samples.resize(image_.row_bytes() * image_.size.height_px);
    if (frame_.padded()) fill(image_, recipe.background);
    finished_.resize(static_cast<std::size_t>(frame_.across.target_px) * channels_of(image_.format));
  }

  [[nodiscard]] const TapTable& across() const noexcept { return across_; }
  [[nodiscard]] const TapTable& down() const noexcept { return down_; }
  [[nodiscard]] Image& image() noexcept { return image_; }

  /// Makes every row that `rows`, of which those up to `y` have come, suffice for; `row` is the last that came.
  void advance(const LinearRows& rows, const std::uint8_t* row, std::uint32_t y) {
    if (copy_) {
      placement_.put_row({row, finished_.size()}, y, image_);
      return;
    }
    for (; next_ < frame_.down.target_px; ++next_) {
      const Taps taps = down_.at(next_);
      if (taps.first_px + taps.weights.size() > y + 1) return;
      make_row(rows, taps);
    }
  }

 private:
  void make_row(const LinearRows& rows, const Taps& taps) {
    const std::size_t width = frame_.across.target_px;
    blended_.resize(rows.columns());
    for (std::uint32_t channel = 0; channel < channels_of(source_format_); ++channel) {
      weighed_.clear();
      for (std::uint32_t at = 0; at < taps.weights.size(); ++at) {
        weighed_.push_back(rows.plane(taps.first_px + at, channel));
      }
      blend_rows(weighed_, taps, blended_);
      blend_columns(blended_, rows.from_px(), across_, std::span(scaled_).subspan(channel * width, width));
    }
    encode({scaled_.data(), width}, source_format_, width, image_.format, finished_.data());
    placement_.put_row(finished_, next_, image_);
  }

  Frame frame_;
  bool copy_;
  TapTable across_;
  TapTable down_;
  RowFormat source_format_;
  Placement placement_;
  std::vector<std::int16_t> scaled_;
  std::vector<const std::int16_t*> weighed_;
  std::vector<std::int16_t> blended_;
  std::vector<std::uint8_t> finished_;
  Image image_;
  std::uint32_t next_ = 0;
};

class StreamingResizer final : public Resizer {
 public:
  StreamingResizer(const Source& source, const Recipe& recipe)
      : height_px_(source.rows_size.height_px),
        small_(source, recipe, Size::small),
        large_(source, recipe, Size::large),
        from_row_(std::min(small_.down().first_px(), large_.down().first_px())),
        end_row_(std::max(small_.down().end_px(), large_.down().end_px())),
        rows_(make_rows(source.format)) {}

  Result<void> push(const RowBatch& batch) override {
    if (batch.rows > height_px_ - taken_) return fail(Code::argument_invalid, "more rows than the picture has");
    try {
      const std::uint8_t* row = batch.first;
      for (std::uint32_t at = 0; at < batch.rows; ++at, ++taken_, row += batch.stride_bytes) take(row);
    } catch (const std::bad_alloc&) {
      return fail(Code::out_of_memory, "no memory for the rows of a picture");
    }
    return {};
  }

  Result<Images> finish() override {
    if (taken_ != height_px_ || finished_) return fail(Code::argument_invalid, "the picture is not complete");
    finished_ = true;
    return Images{std::move(small_.image()), std::move(large_.image())};
  }

 private:
  [[nodiscard]] LinearRows make_rows(RowFormat format) const {
    const std::uint32_t from_px = std::min(small_.across().first_px(), large_.across().first_px());
    const std::uint32_t end_px = std::max(small_.across().end_px(), large_.across().end_px());
    return {format, from_px, end_px - from_px, std::max(small_.down().window_px(), large_.down().window_px())};
  }

  void take(const std::uint8_t* row) {
    if (taken_ < from_row_ || taken_ >= end_row_) return;
    rows_.take(row, taken_);
    small_.advance(rows_, row, taken_);
    large_.advance(rows_, row, taken_);
  }

  std::uint32_t height_px_;
  Scaler small_;
  Scaler large_;
  std::uint32_t from_row_;
  std::uint32_t end_row_;
  LinearRows rows_;
  std::uint32_t taken_ = 0;
  bool finished_ = false;
};

constexpr std::uint32_t side_px_max = 1'000'000;

bool acceptable(const Source& source) {
  const auto side = [&](std::uint32_t whole_px, std::uint32_t rows_px) {
    return whole_px >= 1 && whole_px <= side_px_max &&
           rows_px == (whole_px + source.scale_denominator - 1) / source.scale_denominator;
  };
  const bool denominator = source.scale_denominator == 1 || source.scale_denominator == 2 ||
                           source.scale_denominator == 4 || source.scale_denominator == 8;
  return denominator && side(source.size.width_px, source.rows_size.width_px) &&
         side(source.size.height_px, source.rows_size.height_px) && source.orientation >= 1 && source.orientation <= 8;
}

}  // namespace

Result<std::unique_ptr<Resizer>> make_resizer(const Source& source, const Recipe& recipe) {
  if (!acceptable(source)) return fail(Code::argument_invalid, "a source that can not be");
  try {
    return std::make_unique<StreamingResizer>(source, recipe);
  } catch (const std::bad_alloc&) {
    return fail(Code::out_of_memory, "no memory for a resizer");
  }
}

}  // namespace locket::raster
