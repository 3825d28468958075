#include "raster/scaled_picture.hpp"

#include <algorithm>
#include <utility>

namespace locket::raster {
namespace {

/// Whether a picture takes exactly the pixels of its source.
bool is_copy(const Frame& frame) {
  const auto same = [](const Axis& axis) {
    return axis.source_px == axis.target_px && axis.begin_parts == 0 && axis.step_parts == axis.pixel_parts;
  };
  return !frame.padded() && same(frame.across) && same(frame.down);
}

/// A band as rows. The last row is read a little beyond its end.
std::size_t band_samples(const Frame& frame, std::uint32_t margin_px, std::uint32_t channels) {
  return padded(frame.across.target_px + 2 * margin_px + 1) * band_rows * channels + plane_step;
}

}  // namespace

ScaledPicture::ScaledPicture(const RowKernels& kernels, const Source& source, const Recipe& recipe, Size size,
                             std::uint32_t margin_px)
    : kernels_(kernels),
      frame_(frame_of(source, recipe.fit, size)),
      image_(kernels, source, recipe, size, frame_),
      channels_(channels_of(source.format)),
      margin_px_(margin_px),
      copied_(is_copy(frame_)),
      rows_(band_samples(frame_, margin_px, channels_)) {
  if (copied_) return;
  across_.emplace(frame_.across, recipe.filter, margin_px);
  down_.emplace(frame_.down, recipe.filter, margin_px);
}

void ScaledPicture::claim(LinearRows::Part& part) const noexcept {
  if (copied_) return;
  part.first_column_pair = std::min(part.first_column_pair, across_->first_pair());
  part.end_column_pair = std::max(part.end_column_pair, across_->end_pair());
  part.first_row_pair = std::min(part.first_row_pair, down_->first_pair());
  part.end_row_pair = std::max(part.end_row_pair, down_->end_pair());
  part.held_row_pairs = std::max(part.held_row_pairs, down_->window_pairs());
}

void ScaledPicture::begin(const LinearRows::Part& part, std::size_t rows_width) {
  if (copied_) return;
  across_->count_from(part.first_column_pair);
  down_->count_from(part.first_row_pair);
  scaler_.emplace(kernels_, *std::move(across_), *std::move(down_), rows_width, channels_);
  across_.reset();
  down_.reset();
}

void ScaledPicture::copy(const RowBatch& batch, std::uint32_t y) noexcept {
  if (!copied_) return;
  for (std::uint32_t row = 0; row < batch.rows; ++row) image_.copy(batch.first + row * batch.stride_bytes, y + row);
}

const Band* ScaledPicture::advance(const LinearRows& rows) {
  if (copied_ || !scaler_->advance(rows)) return nullptr;
  put(scaler_->band());
  return &scaler_->band();
}

void ScaledPicture::put(const Band& band) noexcept {
  const std::size_t width = scaler_->width();
  const Planes<const std::int16_t> planes{rows_.data(), width * band_rows, band.block.channels};
  for (std::uint32_t channel = 0; channel < planes.channels; ++channel) {
    kernels_.from_block(band.block.first + channel * band.block.stride, width, rows_.data() + channel * planes.stride,
                        width);
  }
  for (std::uint32_t row = 0; row < band.rows; ++row) {
    const std::uint32_t y = band.first_row + row;
    if (y < margin_px_ || y >= margin_px_ + frame_.down.target_px) continue;
    image_.put({planes.first + row * width + margin_px_, planes.stride, planes.channels}, y - margin_px_);
  }
}

}  // namespace locket::raster
