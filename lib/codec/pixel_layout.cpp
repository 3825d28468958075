#include "codec/pixel_layout.hpp"

#include <algorithm>
#include <cstring>

namespace locket::codec {
namespace {

template <std::size_t channels>
bool is_grey(const std::vector<std::uint8_t>& samples) noexcept {
  for (std::size_t at = 0; at + channels <= samples.size(); at += channels) {
    if (samples[at] != samples[at + 1] || samples[at] != samples[at + 2]) return false;
  }
  return true;
}

/// Looks at some pixels together, without a branch for each, so that the compiler takes many at once.
bool is_opaque(const std::vector<std::uint8_t>& samples) noexcept {
  constexpr std::size_t step = 4'096;
  for (std::size_t at = 0; at < samples.size(); at += step) {
    std::uint8_t all = 255;
    const std::size_t end = std::min(samples.size(), at + step);
    for (std::size_t alpha = at + 3; alpha < end; alpha += 4) all &= samples[alpha];
    if (all != 255) return false;
  }
  return true;
}

/// Copies, of each pixel of `from` samples, those at `kept`.
template <std::size_t from, std::size_t... kept>
void copy_samples(std::span<const std::uint8_t> row, std::uint8_t* out) noexcept {
  for (std::size_t at = 0; at + from <= row.size(); at += from) ((*out++ = row[at + kept]), ...);
}

/// The same for the first three of four, which most pictures with alpha need.
void drop_alpha(std::span<const std::uint8_t> row, std::uint8_t* out) noexcept {
  std::size_t at = 0;
  // Four at once: the next pixel overwrites what was too much. The last one has nothing behind it.
  for (; at + 8 <= row.size(); at += 4, out += 3) std::memcpy(out, row.data() + at, 4);
  if (at < row.size()) std::memcpy(out, row.data() + at, 3);
}

}  // namespace

PixelLayout smallest_layout(const Image& image) noexcept {
  if (image.format == RowFormat::grey) return PixelLayout::grey;
  if (image.format == RowFormat::rgb) return is_grey<3>(image.samples) ? PixelLayout::grey : PixelLayout::rgb;
  const bool grey = is_grey<4>(image.samples);
  if (is_opaque(image.samples)) return grey ? PixelLayout::grey : PixelLayout::rgb;
  return grey ? PixelLayout::grey_alpha : PixelLayout::rgba;
}

void pack_row(std::span<const std::uint8_t> row, RowFormat format, PixelLayout layout, std::uint8_t* out) noexcept {
  if (channels_of(format) == pixel_bytes_of(layout)) {
    std::copy(row.begin(), row.end(), out);
  } else if (format == RowFormat::rgb) {
    copy_samples<3, 0>(row, out);
  } else if (layout == PixelLayout::grey) {
    copy_samples<4, 0>(row, out);
  } else if (layout == PixelLayout::grey_alpha) {
    copy_samples<4, 0, 3>(row, out);
  } else {
    drop_alpha(row, out);
  }
}

}  // namespace locket::codec
