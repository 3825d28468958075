#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "codec/png_layout.hpp"

namespace locket::codec {

/// Turns pixels of 8 or 16 bits that have alpha, but are not stored as RGBA, into RGBA of 8 bits: grey with alpha; and
/// grey and RGB of which tRNS makes one colour transparent.
class RgbaExpander {
 public:
  /// The one for a picture, if it is such: palettes have alpha of their own. Never fails.
  [[nodiscard]] static std::optional<RgbaExpander> of(const PngLayout& layout) noexcept;

  /// Turns pixels of 8 bits into RGBA. Input and output must not overlap. Never fails.
  void apply(const std::uint8_t* in, std::uint8_t* out, std::size_t pixels) const noexcept;

  /// Turns those of 16 bits into RGBA. Inputs: as three rows the upper bytes of their samples, the lower ones, and the
  /// samples as 8 bits. Input and output must not overlap. Never fails.
  void apply_deep(const std::uint8_t* upper, const std::uint8_t* lower, const std::uint8_t* scaled, std::uint8_t* out,
                  std::size_t pixels) const noexcept;

 private:
  using Colour = std::array<std::uint8_t, 3>;

  explicit RgbaExpander(std::size_t stored_channels) noexcept : stored_channels_(stored_channels) {}

  [[nodiscard]] Colour colour_at(const std::uint8_t* in) const noexcept {
    const std::size_t step = stored_channels_ == 3 ? 1 : 0;
    return {in[0], in[step], in[2 * step]};
  }

  std::size_t stored_channels_;
  Colour upper_{};  ///< of the transparent colour
  Colour lower_{};
};

}  // namespace locket::codec
