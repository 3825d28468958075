#include "codec/colour_key.hpp"

#include <algorithm>

namespace locket::codec {

// Of the 16-bit samples that tRNS has, 8-bit pictures mean the lower half.
std::optional<ColourKey> ColourKey::of(const PngLayout& layout) noexcept {
  if (layout.colour == PngColour::palette || layout.transparency.empty()) return std::nullopt;
  const bool grey = layout.colour == PngColour::grey;
  ColourKey key;
  for (std::size_t channel = 0; channel < 3; ++channel) {
    const std::size_t at = grey ? 0 : 2 * channel;
    key.upper_[channel] = std::to_integer<std::uint8_t>(layout.transparency[at]);
    key.key_[channel] = std::to_integer<std::uint8_t>(layout.transparency[at + 1]);
  }
  key.step_ = grey ? 0 : 1;
  return key;
}

void ColourKey::apply(const std::uint8_t* in, std::uint8_t* out, std::size_t pixels) const noexcept {
  const std::size_t pixel_bytes = 1 + 2 * step_;
  for (std::size_t i = 0; i < pixels; ++i, in += pixel_bytes, out += 4) {
    const std::array<std::uint8_t, 3> pixel = pixel_at(in);
    std::copy(pixel.begin(), pixel.end(), out);
    out[3] = pixel == key_ ? 0 : 255;
  }
}

void ColourKey::apply_deep(const std::uint8_t* upper, const std::uint8_t* lower, const std::uint8_t* scaled,
                           std::uint8_t* out, std::size_t pixels) const noexcept {
  const std::size_t pixel_bytes = 1 + 2 * step_;
  for (std::size_t at = 0; at < pixels * pixel_bytes; at += pixel_bytes, out += 4) {
    const std::array<std::uint8_t, 3> pixel = pixel_at(scaled + at);
    std::copy(pixel.begin(), pixel.end(), out);
    out[3] = pixel_at(upper + at) == upper_ && pixel_at(lower + at) == key_ ? 0 : 255;
  }
}

}  // namespace locket::codec
