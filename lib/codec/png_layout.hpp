#pragma once

#include <cstdint>

#include "locket/bytes.hpp"
#include "locket/error.hpp"
#include "locket/limits.hpp"
#include "locket/picture.hpp"

namespace locket::codec {

/// The colour types of PNG, with the specification's numbers (third edition, table 8).
enum class PngColour : std::uint8_t { grey = 0, rgb = 2, palette = 3, grey_alpha = 4, rgba = 6 };

/// Where everything that matters stands in a PNG file. The views look into the upload.
struct PngLayout {
  PixelSize size;
  std::uint8_t bit_depth = 8;
  PngColour colour = PngColour::rgb;
  bool interlaced = false;

  BytesView palette;             ///< PLTE, without its frame: 3 bytes a colour; empty when there is none that counts
  BytesView transparency;        ///< tRNS; empty when there is none that counts
  BytesView profile;             ///< iCCP; empty when there is none
  BytesView exif;                ///< eXIf; empty when there is none
  bool profile_damaged = false;  ///< an iCCP that is out of place, over its limit or has a wrong checksum

  BytesView header_part;         ///< signature and IHDR, framed
  BytesView palette_part;        ///< PLTE, framed; empty as `palette`
  BytesView transparency_part;   ///< tRNS, framed; empty as `transparency`
  BytesView data_part;           ///< every IDAT, framed, one after the other
  BytesView end_part;            ///< IEND, framed
  std::uint64_t data_bytes = 0;  ///< what all IDAT hold together
  std::uint64_t raw_bytes = 0;   ///< what they must inflate to: every row of every pass with its filter byte
};

/// The count of samples of a pixel as it is stored: 1 to 4. Never fails.
[[nodiscard]] constexpr std::uint32_t stored_channels_of(PngColour colour) noexcept {
  switch (colour) {
    case PngColour::rgb: return 3;
    case PngColour::grey_alpha: return 2;
    case PngColour::rgba: return 4;
    case PngColour::grey:
    case PngColour::palette: break;
  }
  return 1;
}

/// Takes the body of the next IDAT off the front of `data_part`, which must not be empty. Never fails.
[[nodiscard]] BytesView take_data_body(BytesView& data_part) noexcept;

/// Walks a PNG file from its signature to IEND: every length, name, order and the checksums of all critical chunks
/// and of those that are read, the header's rules, the limits, and whether the compressed data could hold the picture
/// at all (deflate reaches at most 1032:1). What follows IEND is not looked at.
/// Inputs: the whole file; the limits. Result: the layout, whose views look into `upload`; or a `picture_` code.
/// Chunks that need not be understood are skipped; one of them that breaks its own rules (a tRNS of wrong length or
/// place, a wrong checksum) is left out, as libpng does. Allocates only for an error's detail. Any thread.
/// Cost: one pass over the file.
[[nodiscard]] Result<PngLayout> read_png_layout(BytesView upload, const Limits& limits);

}  // namespace locket::codec
