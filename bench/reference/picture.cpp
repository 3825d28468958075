#include "picture.hpp"

#include <jpeglib.h>
#include <lcms2.h>
#include <png.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace bench {
namespace {

using File = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;

/// What a decoder found, before colour and orientation are dealt with.
struct Decoded {
  Picture picture;
  File profile;
  std::uint8_t orientation = 1;
};

[[noreturn]] void give_up(std::string_view reason) {
  std::cerr << "quality: " << reason << '\n';
  std::exit(1);
}

[[noreturn]] void png_failed(png_structp, png_const_charp reason) { give_up(reason); }

void png_warned(png_structp, png_const_charp) {}

void read_png_bytes(png_structp png, png_bytep to, std::size_t count) {
  auto& rest = *static_cast<View*>(png_get_io_ptr(png));
  if (count > rest.size()) give_up("truncated PNG");
  std::copy_n(rest.begin(), count, to);
  rest = rest.subspan(count);
}

[[noreturn]] void jpeg_failed(j_common_ptr jpeg) {
  char reason[JMSG_LENGTH_MAX] = {};
  jpeg->err->format_message(jpeg, reason);
  give_up(reason);
}

/// The orientation in a TIFF structure (EXIF 2.32, tag 0x0112 of the first directory); 1 where there is none.
std::uint8_t orientation_of(View tiff) {
  if (tiff.size() < 8) return 1;
  const bool little = tiff[0] == 'I';
  const auto number = [&](std::size_t at, std::size_t bytes) -> std::size_t {
    std::size_t value = 0;
    if (at + bytes > tiff.size()) return 0;
    for (std::size_t i = 0; i < bytes; ++i) value = value << 8U | tiff[at + (little ? bytes - 1 - i : i)];
    return value;
  };
  const std::size_t directory = number(4, 4);
  const std::size_t entries = number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + i * 12;
    if (number(entry, 2) != 0x0112) continue;
    const std::size_t value = number(entry + 8, 2);
    return value >= 1 && value <= 8 ? static_cast<std::uint8_t>(value) : std::uint8_t{1};
  }
  return 1;
}

Decoded decode_png(View file) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, png_failed, png_warned);
  png_infop info = png_create_info_struct(png);
  png_set_read_fn(png, &file, read_png_bytes);
  png_set_user_limits(png, 100'000, 100'000);
  png_read_info(png, info);
  png_set_expand_16(png);
  png_set_gray_to_rgb(png);
  png_set_swap(png);
  png_set_add_alpha(png, 0xFFFF, PNG_FILLER_AFTER);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);

  Decoded decoded;
  decoded.picture.width_px = png_get_image_width(png, info);
  decoded.picture.height_px = png_get_image_height(png, info);
  const std::size_t row_samples = std::size_t{4} * decoded.picture.width_px;
  if (png_get_rowbytes(png, info) != row_samples * 2) give_up("unexpected row size");
  decoded.picture.samples.resize(row_samples * decoded.picture.height_px);
  std::vector<png_bytep> rows;
  for (std::size_t y = 0; y < decoded.picture.height_px; ++y)
    rows.push_back(reinterpret_cast<png_bytep>(decoded.picture.samples.data() + y * row_samples));
  png_read_image(png, rows.data());
  png_read_end(png, info);

  png_charp name = nullptr;
  png_bytep profile = nullptr;
  png_uint_32 profile_bytes = 0;
  int method = 0;
  if (png_get_iCCP(png, info, &name, &method, &profile, &profile_bytes) != 0)
    decoded.profile.assign(profile, profile + profile_bytes);
  png_bytep exif = nullptr;
  png_uint_32 exif_bytes = 0;
  if (png_get_eXIf_1(png, info, &exif_bytes, &exif) != 0) decoded.orientation = orientation_of({exif, exif_bytes});
  png_destroy_read_struct(&png, &info, nullptr);
  return decoded;
}

std::uint8_t orientation_of(const jpeg_decompress_struct& jpeg) {
  constexpr std::string_view exif_name("Exif\0\0", 6);
  for (jpeg_saved_marker_ptr marker = jpeg.marker_list; marker != nullptr; marker = marker->next) {
    const View data(marker->data, marker->data_length);
    if (marker->marker == JPEG_APP0 + 1 && data.size() > exif_name.size() &&
        std::equal(exif_name.begin(), exif_name.end(), data.begin(),
                   [](char name, std::uint8_t byte) { return static_cast<std::uint8_t>(name) == byte; }))
      return orientation_of(data.subspan(exif_name.size()));
  }
  return 1;
}

Decoded decode_jpeg(View file) {
  jpeg_decompress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  errors.error_exit = jpeg_failed;
  errors.output_message = [](j_common_ptr) {};
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, file.data(), file.size());
  jpeg_save_markers(&jpeg, JPEG_APP0 + 1, 0xFFFF);
  jpeg_save_markers(&jpeg, JPEG_APP0 + 2, 0xFFFF);
  jpeg_read_header(&jpeg, TRUE);
  if (jpeg.num_components == 4) give_up("CMYK is not compared");
  jpeg.out_color_space = JCS_RGB;
  jpeg_start_decompress(&jpeg);

  Decoded decoded;
  decoded.picture.width_px = jpeg.output_width;
  decoded.picture.height_px = jpeg.output_height;
  decoded.picture.samples.reserve(std::size_t{4} * jpeg.output_width * jpeg.output_height);
  std::vector<std::uint8_t> row(std::size_t{3} * jpeg.output_width);
  JSAMPROW rows[] = {row.data()};
  while (jpeg.output_scanline < jpeg.output_height) {
    jpeg_read_scanlines(&jpeg, rows, 1);
    for (std::size_t x = 0; x < row.size(); x += 3) {
      for (std::size_t channel = 0; channel < 3; ++channel)
        decoded.picture.samples.push_back(static_cast<std::uint16_t>(row[x + channel] * 257));
      decoded.picture.samples.push_back(0xFFFF);
    }
  }
  JOCTET* profile = nullptr;
  unsigned int profile_bytes = 0;
  if (jpeg_read_icc_profile(&jpeg, &profile, &profile_bytes) != 0) {
    decoded.profile.assign(profile, profile + profile_bytes);
    std::free(profile);
  }
  decoded.orientation = orientation_of(jpeg);
  jpeg_finish_decompress(&jpeg);
  jpeg_destroy_decompress(&jpeg);
  return decoded;
}

void convert_to_srgb(Picture& picture, const File& profile) {
  const cmsHPROFILE from = cmsOpenProfileFromMem(profile.data(), static_cast<cmsUInt32Number>(profile.size()));
  if (from == nullptr) return;  // a profile that can't be read is ignored, as by the renderer
  if (cmsGetColorSpace(from) == cmsSigRgbData) {
    const cmsHPROFILE to = cmsCreate_sRGBProfile();
    const cmsHTRANSFORM transform = cmsCreateTransform(from, TYPE_RGBA_16, to, TYPE_RGBA_16, INTENT_PERCEPTUAL,
                                                       cmsFLAGS_COPY_ALPHA | cmsFLAGS_NOOPTIMIZE | cmsFLAGS_NOCACHE);
    if (transform != nullptr) {
      cmsDoTransform(transform, picture.samples.data(), picture.samples.data(), picture.width_px * picture.height_px);
      cmsDeleteTransform(transform);
    }
    cmsCloseProfile(to);
  }
  cmsCloseProfile(from);
}

/// Where the pixel at (x, y) of the upright picture lies in a stored one of this size (EXIF 2.32, table of
/// Orientation).
std::size_t stored_index(std::uint8_t orientation, const Picture& stored, std::size_t x, std::size_t y) {
  const std::size_t right = stored.width_px - 1U;
  const std::size_t bottom = stored.height_px - 1U;
  const auto at = [&](std::size_t column, std::size_t row) { return row * stored.width_px + column; };
  switch (orientation) {
    case 2: return at(right - x, y);
    case 3: return at(right - x, bottom - y);
    case 4: return at(x, bottom - y);
    case 5: return at(y, x);
    case 6: return at(y, bottom - x);
    case 7: return at(right - y, bottom - x);
    case 8: return at(right - y, x);
    default: return at(x, y);
  }
}

Picture upright(Picture stored, std::uint8_t orientation) {
  if (orientation == 1) return stored;
  Picture picture{stored.width_px, stored.height_px, {}};
  if (orientation >= 5) std::swap(picture.width_px, picture.height_px);
  picture.samples.reserve(stored.samples.size());
  for (std::size_t y = 0; y < picture.height_px; ++y) {
    for (std::size_t x = 0; x < picture.width_px; ++x) {
      const auto pixel = std::span(stored.samples).subspan(stored_index(orientation, stored, x, y) * 4, 4);
      picture.samples.insert(picture.samples.end(), pixel.begin(), pixel.end());
    }
  }
  return picture;
}

}  // namespace

Picture read_picture(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) give_up("can't read " + path);
  const File file{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (file.size() < 8) give_up("not a picture: " + path);
  Decoded decoded = png_sig_cmp(file.data(), 0, 8) == 0 ? decode_png(file) : decode_jpeg(file);
  if (!decoded.profile.empty()) convert_to_srgb(decoded.picture, decoded.profile);
  return upright(std::move(decoded.picture), decoded.orientation);
}

}  // namespace bench
