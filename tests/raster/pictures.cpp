#include "pictures.hpp"

#include <algorithm>
#include <stdexcept>

namespace locket::raster {
namespace {

/// A well mixed number for three small ones (the finaliser of MurmurHash3).
std::uint32_t mixed(std::uint32_t x, std::uint32_t y, std::uint32_t channel) {
  std::uint32_t value = x * 0x9e3779b1U ^ y * 0x85ebca77U ^ (channel + 1) * 0xc2b2ae3dU;
  value = (value ^ (value >> 16)) * 0x85ebca6bU;
  value = (value ^ (value >> 13)) * 0xc2b2ae35U;
  return value ^ (value >> 16);
}

std::uint8_t sample(Subject subject, std::uint32_t x, std::uint32_t y, std::uint32_t channel) {
  switch (subject) {
    case Subject::thin_lines:
      if ((x + 2 * y) % 37 == 0) return static_cast<std::uint8_t>(channel == 1 ? 255 : 10);
      if (x % 23 == 7 || y % 19 == 4) return static_cast<std::uint8_t>(20 * channel);
      return static_cast<std::uint8_t>((x / 97 + y / 61) % 2 == 0 ? 250 - 5 * channel : 30);
    case Subject::checker: return ((x / 3) + (y / 3)) % 2 == 0 ? 255 : 0;
    case Subject::gradient: return static_cast<std::uint8_t>((x * (channel + 1) / 5 + y / 3) % 256);
    case Subject::noise: return static_cast<std::uint8_t>(mixed(x, y, channel));
    case Subject::blobs: return static_cast<std::uint8_t>(mixed(x / 29, y / 17, channel) % 256);
    case Subject::flat: return static_cast<std::uint8_t>(40 + 60 * channel);
  }
  return 0;
}

std::uint8_t alpha(Subject subject, std::uint32_t x, std::uint32_t y) {
  if (subject == Subject::noise) return static_cast<std::uint8_t>(mixed(x, y, 3));
  if ((x / 41) % 2 == 0) return 255;
  return static_cast<std::uint8_t>((y / 31) % 2 == 0 ? 0 : x * 3 % 256);
}

}  // namespace

Image draw(Subject subject, PixelSize size, RowFormat format) {
  Image image{size, format, {}};
  image.samples.reserve(image.row_bytes() * size.height_px);
  for (std::uint32_t y = 0; y < size.height_px; ++y) {
    for (std::uint32_t x = 0; x < size.width_px; ++x) {
      for (std::uint32_t channel = 0; channel < channels_of(format); ++channel) {
        image.samples.push_back(channel == 3 ? alpha(subject, x, y) : sample(subject, x, y, channel));
      }
    }
  }
  return image;
}

Images resize(const Image& source, const Recipe& recipe, std::uint8_t orientation, std::uint32_t batch_rows) {
  auto resizer = make_resizer({source.size, source.format, orientation}, recipe);
  if (!resizer) throw std::runtime_error(resizer.error().detail);
  for (std::uint32_t y = 0; y < source.size.height_px; y += batch_rows) {
    const std::uint32_t rows = std::min(batch_rows, source.size.height_px - y);
    if (auto pushed = (*resizer)->push({source.row(y).data(), source.row_bytes(), rows}); !pushed) {
      throw std::runtime_error(pushed.error().detail);
    }
  }
  auto images = (*resizer)->finish();
  if (!images) throw std::runtime_error(images.error().detail);
  return *std::move(images);
}

Image upright(const Image& image, std::uint8_t orientation) {
  const bool swap = orientation >= 5;
  const PixelSize size = swap ? PixelSize{image.size.height_px, image.size.width_px} : image.size;
  const std::size_t channels = channels_of(image.format);
  Image turned{size, image.format, std::vector<std::uint8_t>(image.samples.size())};
  for (std::uint32_t row = 0; row < image.size.height_px; ++row) {
    for (std::uint32_t column = 0; column < image.size.width_px; ++column) {
      // Row 0 and column 0 of the stored picture are seen at: 1 top left, 2 top right, 3 bottom right, 4 bottom left,
      // 5 left top, 6 right top, 7 right bottom, 8 left bottom.
      std::uint32_t x = swap ? row : column;
      std::uint32_t y = swap ? column : row;
      if (orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7) x = size.width_px - 1 - x;
      if (orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8) y = size.height_px - 1 - y;
      std::copy_n(image.row(row).data() + column * channels, channels,
                  turned.samples.data() + (static_cast<std::size_t>(y) * size.width_px + x) * channels);
    }
  }
  return turned;
}

}  // namespace locket::raster
