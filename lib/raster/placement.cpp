#include "raster/placement.hpp"

#include <cstring>

namespace locket::raster {
namespace {

/// What an orientation does: first the axes are swapped, then the upright image is mirrored.
struct Turn {
  bool swap;
  bool mirror_across;
  bool mirror_down;
};

/// EXIF 2.32, tag 0x0112: where the first row and first column of the stored picture are seen.
constexpr Turn turn_of(std::uint8_t orientation) {
  switch (orientation) {
    case 2: return {false, true, false};
    case 3: return {false, true, true};
    case 4: return {false, false, true};
    case 5: return {true, false, false};
    case 6: return {true, true, false};
    case 7: return {true, true, true};
    case 8: return {true, false, true};
    default: return {false, false, false};
  }
}

}  // namespace

Placement::Placement(const Frame& frame, std::uint8_t orientation, RowFormat format) noexcept
    : channels_(channels_of(format)) {
  const Turn turn = turn_of(orientation);
  const auto width = static_cast<std::ptrdiff_t>(turn.swap ? frame.canvas.height_px : frame.canvas.width_px);
  const auto height = static_cast<std::ptrdiff_t>(turn.swap ? frame.canvas.width_px : frame.canvas.height_px);
  const auto pixel = static_cast<std::ptrdiff_t>(channels_);
  const std::ptrdiff_t right = turn.mirror_across ? -pixel : pixel;
  const std::ptrdiff_t below = turn.mirror_down ? -pixel * width : pixel * width;
  across_ = turn.swap ? below : right;
  down_ = turn.swap ? right : below;
  first_ = (turn.mirror_across ? (width - 1) * pixel : 0) + (turn.mirror_down ? (height - 1) * width * pixel : 0) +
           static_cast<std::ptrdiff_t>(frame.left_px) * across_ + static_cast<std::ptrdiff_t>(frame.top_px) * down_;
}

std::uint8_t* Placement::contiguous_row(std::uint32_t y, Image& image) const noexcept {
  if (across_ != static_cast<std::ptrdiff_t>(channels_)) return nullptr;
  return image.samples.data() + first_ + static_cast<std::ptrdiff_t>(y) * down_;
}

void Placement::put_row(std::span<const std::uint8_t> row, std::uint32_t y, Image& image) const noexcept {
  if (std::uint8_t* place = contiguous_row(y, image)) {
    std::memcpy(place, row.data(), row.size());
    return;
  }
  std::uint8_t* to = image.samples.data() + first_ + static_cast<std::ptrdiff_t>(y) * down_;
  for (std::size_t at = 0; at < row.size(); at += channels_, to += across_) {
    std::memcpy(to, row.data() + at, channels_);
  }
}

}  // namespace locket::raster
