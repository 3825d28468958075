#include "raster/finished_image.hpp"

#include <algorithm>
#include <array>
#include <cstring>

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

/// An image to begin with. Where alpha may still come, there is room for it, which costs nothing until it is used.
Image empty_image(RowFormat format, const Frame& frame, Size size) {
  Image image{size_px(size), format, {}};
  image.samples.reserve(image.row_bytes() * image.size.height_px);
  if (format == RowFormat::rgba && !frame.padded()) image.format = RowFormat::rgb;
  image.samples.resize(image.row_bytes() * image.size.height_px);
  return image;
}

}  // namespace

FinishedImage::FinishedImage(const RowKernels& kernels, const Source& source, const Recipe& recipe, Size size,
                             const Frame& frame)
    : kernels_(kernels),
      frame_(frame),
      orientation_(source.orientation),
      source_format_(source.format),
      image_(empty_image(format_of(source.format, frame, recipe.background), frame, size)),
      placement_(frame, source.orientation, image_.format) {
  row_.reserve(static_cast<std::size_t>(frame.across.target_px) * 4);
  row_.resize(static_cast<std::size_t>(frame.across.target_px) * channels_of(image_.format));
  if (frame.padded()) fill(image_, recipe.background);
}

/// Gives the RGB image, all of it opaque, the alpha that there is room for.
void FinishedImage::widen() noexcept {
  const std::size_t pixels = image_.samples.size() / 3;
  image_.format = RowFormat::rgba;
  image_.samples.resize(pixels * 4);
  std::uint8_t* const samples = image_.samples.data();
  for (std::size_t at = pixels; at-- > 0;) {  // from the end, for nothing may be overwritten that is still to be read
    std::memmove(samples + at * 4, samples + at * 3, 3);
    samples[at * 4 + 3] = 255;
  }
  placement_ = Placement(frame_, orientation_, image_.format);
  row_.resize(row_.size() / 3 * 4);
}

void FinishedImage::put(Planes<const std::int16_t> row, std::uint32_t y) noexcept {
  if (row.channels > channels_of(image_.format)) widen();
  if (std::uint8_t* place = placement_.contiguous_row(y, image_)) {
    kernels_.encode(row, frame_.across.target_px, image_.format, place);
    return;
  }
  kernels_.encode(row, frame_.across.target_px, image_.format, row_.data());
  placement_.put_row(row_, y, image_);
}

void FinishedImage::copy(const std::uint8_t* row, std::uint32_t y) noexcept {
  if (source_format_ == RowFormat::rgba && image_.format == RowFormat::rgb) {
    const std::size_t pixels = row_.size() / 3;
    if (kernels_.is_opaque(row, pixels)) {
      for (std::size_t at = 0; at < pixels; ++at) std::memcpy(row_.data() + at * 3, row + at * 4, 3);
      placement_.put_row(row_, y, image_);
      return;
    }
    widen();
  }
  placement_.put_row({row, row_.size()}, y, image_);
}

}  // namespace locket::raster
