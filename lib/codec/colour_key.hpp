#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "codec/png_layout.hpp"

namespace locket::codec {

/// The one colour that tRNS makes transparent in 8-bit grey and RGB pictures.
class ColourKey {
 public:
  /// The key of a picture, if one counts in it: palettes have alpha of their own. Never fails.
  [[nodiscard]] static std::optional<ColourKey> of(const PngLayout& layout) noexcept;

  /// Turns grey or RGB pixels into RGBA. Input and output must not overlap. Never fails.
  void apply(const std::uint8_t* in, std::uint8_t* out, std::size_t pixels) const noexcept;

 private:
  ColourKey() = default;

  std::array<std::uint8_t, 3> key_{};
  std::size_t step_ = 0;  ///< from one channel to the next: 0 in grey
};

}  // namespace locket::codec
