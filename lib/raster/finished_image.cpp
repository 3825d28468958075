#include "raster/finished_image.hpp"

#include <algorithm>
#include <array>

namespace locket::raster {
namespace {

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

Image empty_image(RowFormat format, Size size) {
  Image image{size_px(size), format, {}};
  image.samples.resize(image.row_bytes() * image.size.height_px);
  return image;
}

}  // namespace

FinishedImage::FinishedImage(const RowKernels& kernels, const Source& source, const Recipe& recipe, Size size,
                             const Frame& frame)
    : kernels_(kernels),
      frame_(frame),
      image_(empty_image(format_of(source.format, frame, recipe.background), size)),
      placement_(frame, source.orientation, image_.format),
      row_(static_cast<std::size_t>(frame.across.target_px) * channels_of(image_.format)) {
  if (frame.padded()) fill(image_, recipe.background);
}

void FinishedImage::put(Planes<const std::int16_t> row, std::uint32_t y) noexcept {
  if (std::uint8_t* place = placement_.contiguous_row(y, image_)) {
    kernels_.encode(row, frame_.across.target_px, image_.format, place);
    return;
  }
  kernels_.encode(row, frame_.across.target_px, image_.format, row_.data());
  placement_.put_row(row_, y, image_);
}

void FinishedImage::copy(const std::uint8_t* row, std::uint32_t y) noexcept {
  placement_.put_row({row, row_.size()}, y, image_);
}

}  // namespace locket::raster
