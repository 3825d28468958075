#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

/// A whole upright picture in sRGB: four samples a pixel (red, green, blue, alpha not premultiplied) of 16 bits each,
/// rows without gaps. Sixteen bits hold every 8-bit value exactly (times 257) and a converted colour to within
/// 1/131070.
struct Picture {
  std::uint32_t width_px = 0;
  std::uint32_t height_px = 0;
  std::vector<std::uint16_t> samples;
};

/// Decodes a PNG or JPEG file with libpng or libjpeg at full size, converts an embedded RGB profile to sRGB with Little
/// CMS, and applies the EXIF orientation. Whatever is wrong ends the program with a message: this is a tool of the
/// bench and its files are known to be good.
Picture read_picture(const std::string& path);

}  // namespace bench
