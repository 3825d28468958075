#include "codec/rgba_expander.hpp"

#include <algorithm>

namespace locket::codec {

// tRNS has samples of 16 bits, of which 8-bit pictures mean the lower half.
std::optional<RgbaExpander> RgbaExpander::of(const PngLayout& layout) noexcept {
  RgbaExpander expander(stored_channels_of(layout.colour));
  if (layout.colour == PngColour::grey_alpha) return expander;
  if (layout.colour == PngColour::palette || layout.transparency.empty()) return std::nullopt;
  for (std::size_t channel = 0; channel < 3; ++channel) {
    const std::size_t at = layout.colour == PngColour::grey ? 0 : 2 * channel;
    expander.upper_[channel] = std::to_integer<std::uint8_t>(layout.transparency[at]);
    expander.lower_[channel] = std::to_integer<std::uint8_t>(layout.transparency[at + 1]);
  }
  return expander;
}

void RgbaExpander::apply(const std::uint8_t* in, std::uint8_t* out, std::size_t pixels) const noexcept {
  const bool has_alpha = stored_channels_ == 2;
  for (const std::uint8_t* const end = in + pixels * stored_channels_; in < end; in += stored_channels_, out += 4) {
    const Colour colour = colour_at(in);
    std::copy(colour.begin(), colour.end(), out);
    out[3] = has_alpha ? in[1] : colour == lower_ ? 0 : 255;
  }
}

void RgbaExpander::apply_deep(const std::uint8_t* upper, const std::uint8_t* lower, const std::uint8_t* scaled,
                              std::uint8_t* out, std::size_t pixels) const noexcept {
  if (stored_channels_ == 2) return apply(scaled, out, pixels);
  for (std::size_t at = 0; at < pixels * stored_channels_; at += stored_channels_, out += 4) {
    const Colour colour = colour_at(scaled + at);
    std::copy(colour.begin(), colour.end(), out);
    out[3] = colour_at(upper + at) == upper_ && colour_at(lower + at) == lower_ ? 0 : 255;
  }
}

}  // namespace locket::codec
