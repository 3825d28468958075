#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "codec/png_layout.hpp"

namespace locket::codec {

/// The one colour that tRNS makes transparent in 8-bit grey and RGB pictures.
class ColourKey {
 public:
  /// Of a picture without one. `apply` is not for it.
  ColourKey() = default;

  /// Input: the layout of a grey or RGB picture with a tRNS.
  explicit ColourKey(const PngLayout& layout) noexcept;

  /// Turns grey or RGB pixels into RGBA. Input and output must not overlap. Never fails.
  void apply(const std::uint8_t* in, std::uint8_t* out, std::size_t pixels) const noexcept;

 private:
  std::array<std::uint8_t, 3> key_{};
  std::size_t step_ = 0;  ///< from one channel to the next: 0 in grey
};

/// Whether a colour key counts in this picture: palettes have alpha of their own. Never fails.
[[nodiscard]] inline bool has_colour_key(const PngLayout& layout) noexcept {
  return layout.colour != PngColour::palette && !layout.transparency.empty();
}

}  // namespace locket::codec
