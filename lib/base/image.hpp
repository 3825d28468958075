#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "locket/picture.hpp"

namespace locket {

/// The longest side of a picture that can be resized, whatever the limits.
inline constexpr std::uint32_t side_px_max = 65'535;

/// How the samples of a row are laid out: 8 bits each, sRGB, alpha not premultiplied. The value is the count of
/// channels.
enum class RowFormat : std::uint8_t { grey = 1, rgb = 3, rgba = 4 };

/// The count of channels, which is also the count of bytes of a pixel.
[[nodiscard]] constexpr std::uint32_t channels_of(RowFormat format) noexcept {
  return static_cast<std::uint32_t>(format);
}

/// Some neighbouring rows of a picture, top first; the view of whoever made them, valid until he is asked for more.
struct RowBatch {
  const std::uint8_t* first = nullptr;
  std::size_t stride_bytes = 0;  ///< from one row to the next
  std::uint32_t rows = 0;        ///< 0: the picture has ended
};

/// A whole picture in memory, rows without gaps.
struct Image {
  PixelSize size;
  RowFormat format = RowFormat::rgb;
  std::vector<std::uint8_t> samples;

  /// The count of bytes of one row.
  [[nodiscard]] std::size_t row_bytes() const noexcept {
    return static_cast<std::size_t>(size.width_px) * channels_of(format);
  }

  /// One row; `y` below the height.
  [[nodiscard]] std::span<const std::uint8_t> row(std::uint32_t y) const noexcept {
    return std::span(samples).subspan(y * row_bytes(), row_bytes());
  }
};

}  // namespace locket
