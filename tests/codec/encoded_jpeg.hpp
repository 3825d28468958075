#pragma once

#include <cstdint>
#include <vector>

#include "base/image.hpp"
#include "jpeg_file.hpp"
#include "locket/bytes.hpp"

namespace locket::codec {

/// How a test picture is written.
struct JpegEncoding {
  int quality = 90;                   ///< 1 to 100, as libjpeg has it
  std::uint8_t luma_sampling = 0x11;  ///< blocks of brightness for each of colour, across and down
  unsigned restart_units = 0;         ///< units between two restart markers; 0: none
  bool optimised = false;             ///< codes made for the picture
  bool progressive = false;           ///< in the scans that libjpeg has by default
  std::vector<JpegScan> scans = {};   ///< progressive, in these scans
  bool rgb = false;                   ///< colours as they are, told by Adobe's segment
  bool cmyk = false;                  ///< the four channels are inks, 0 is full; told by Adobe's segment
  bool adobe = true;                  ///< whether that segment is written
};

/// Writes a grey, RGB or CMYK picture with libjpeg. Throws std::runtime_error.
[[nodiscard]] Bytes encode_jpeg(const Image& image, const JpegEncoding& encoding);

}  // namespace locket::codec
