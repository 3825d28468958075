#include "codec/colour_key.hpp"

#include <algorithm>

namespace locket::codec {

// Of the 16-bit samples that tRNS has, 8-bit pictures mean the lower half.
std::optional<ColourKey> ColourKey::of(const PngLayout& layout) noexcept {
  if (layout.colour == PngColour::palette || layout.transparency.empty()) return std::nullopt;
  const bool grey = layout.colour == PngColour::grey;
  ColourKey key;
  for (std::size_t channel = 0; channel < 3; ++channel) {
    key.key_[channel] = std::to_integer<std::uint8_t>(layout.transparency[grey ? 1 : 2 * channel + 1]);
  }
  key.step_ = grey ? 0 : 1;
  return key;
}

void ColourKey::apply(const std::uint8_t* in, std::uint8_t* out, std::size_t pixels) const noexcept {
  const std::size_t pixel_bytes = 1 + 2 * step_;
  for (std::size_t i = 0; i < pixels; ++i, in += pixel_bytes, out += 4) {
    for (std::size_t channel = 0; channel < 3; ++channel) out[channel] = in[channel * step_];
    out[3] = std::equal(key_.begin(), key_.end(), out) ? 0 : 255;
  }
}

}  // namespace locket::codec
