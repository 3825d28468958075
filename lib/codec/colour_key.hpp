#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "codec/png_layout.hpp"

namespace locket::codec {

/// The one colour that tRNS makes transparent in grey and RGB pictures of 8 or 16 bits.
class ColourKey {
 public:
  /// The key of a picture, if one counts in it: palettes have alpha of their own. Never fails.
  [[nodiscard]] static std::optional<ColourKey> of(const PngLayout& layout) noexcept;

  /// Turns grey or RGB pixels of 8 bits into RGBA. Input and output must not overlap. Never fails.
  void apply(const std::uint8_t* in, std::uint8_t* out, std::size_t pixels) const noexcept;

  /// Turns those of 16 bits into RGBA of 8. Inputs: as three rows the upper bytes of their samples, the lower ones, and
  /// the samples as 8 bits. Never fails.
  void apply_deep(const std::uint8_t* upper, const std::uint8_t* lower, const std::uint8_t* scaled, std::uint8_t* out,
                  std::size_t pixels) const noexcept;

 private:
  ColourKey() = default;

  [[nodiscard]] std::array<std::uint8_t, 3> pixel_at(const std::uint8_t* in) const noexcept {
    return {in[0], in[step_], in[2 * step_]};
  }

  std::array<std::uint8_t, 3> upper_{};
  std::array<std::uint8_t, 3> key_{};
  std::size_t step_ = 0;  ///< from one channel to the next: 0 in grey
};

}  // namespace locket::codec
