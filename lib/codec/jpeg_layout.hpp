#pragma once

#include <cstdint>
#include <vector>

#include "locket/bytes.hpp"
#include "locket/error.hpp"
#include "locket/limits.hpp"
#include "locket/picture.hpp"

namespace locket::codec {

/// Where everything that matters stands in a JPEG file. The views look into the upload.
struct JpegLayout {
  PixelSize size;
  std::uint8_t components = 0;  ///< 1, 3 or 4
  bool progressive = false;
  bool several_scans = false;            ///< progressive, or the first scan does not hold every component
  std::uint8_t orientation = 1;          ///< of the first EXIF segment
  BytesView picture;                     ///< the file up to and with EOI
  std::vector<BytesView> profile_parts;  ///< the pieces of the ICC profile in their order; empty when there is none
  bool profile_damaged = false;          ///< pieces of a profile that do not fit together, or are over a limit
};

/// Walks a JPEG file from SOI to EOI: every segment's length, order and the frame header's rules (ITU-T T.81, annex B),
/// the limits, the kinds that are not accepted (arithmetic-coded, lossless, hierarchical, 12 bits, height told by DNL,
/// 2 components), and that EOI is there. What follows EOI is not looked at. Inputs: the whole file; the limits. Result:
/// the layout, whose views look into `upload`; or a `picture_` code. Throws std::bad_alloc; allocates some
/// kilobytes at most. Any thread. Cost: one pass over the file.
[[nodiscard]] Result<JpegLayout> read_jpeg_layout(BytesView upload, const Limits& limits);

}  // namespace locket::codec
