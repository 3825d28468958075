#include "decoded_png.hpp"

#include <png.h>

#include <cstring>
#include <stdexcept>

namespace locket::codec {
namespace {

struct Source {
  BytesView rest;
};

void read_bytes(png_structp png, png_bytep out, std::size_t count) {
  auto& source = *static_cast<Source*>(png_get_io_ptr(png));
  if (count > source.rest.size()) png_error(png, "the file ends early");
  std::memcpy(out, source.rest.data(), count);
  source.rest = source.rest.subspan(count);
}

[[noreturn]] void on_error(png_structp, png_const_charp message) { throw std::runtime_error(message); }

void on_warning(png_structp png, png_const_charp message) {
  static_cast<DecodedPng*>(png_get_error_ptr(png))->warnings.emplace_back(message);
}

/// Owns libpng's reading state.
struct Reader {
  png_structp png = nullptr;
  png_infop info = nullptr;

  explicit Reader(DecodedPng* decoded)
      : png(png_create_read_struct(PNG_LIBPNG_VER_STRING, decoded, on_error, on_warning)),
        info(png_create_info_struct(png)) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
};

}  // namespace

DecodedPng decode_with_libpng(BytesView file) {
  DecodedPng decoded;
  Source source{file};
  Reader reader(&decoded);
  png_set_read_fn(reader.png, &source, read_bytes);
  png_read_info(reader.png, reader.info);
  decoded.size = {png_get_image_width(reader.png, reader.info), png_get_image_height(reader.png, reader.info)};
  decoded.colour_type = png_get_color_type(reader.png, reader.info);
  decoded.bit_depth = png_get_bit_depth(reader.png, reader.info);
  png_set_expand(reader.png);
  png_set_gray_to_rgb(reader.png);
  png_set_add_alpha(reader.png, 255, PNG_FILLER_AFTER);
  png_read_update_info(reader.png, reader.info);

  const std::size_t row_bytes = std::size_t{decoded.size.width_px} * 4;
  decoded.rgba.resize(row_bytes * decoded.size.height_px);
  for (std::uint32_t y = 0; y < decoded.size.height_px; ++y) {
    png_read_row(reader.png, decoded.rgba.data() + row_bytes * y, nullptr);
  }
  png_read_end(reader.png, nullptr);
  if (!source.rest.empty()) throw std::runtime_error("bytes after the end of the picture");
  return decoded;
}

std::vector<std::string> chunk_names(BytesView file) {
  std::vector<std::string> names;
  for (std::size_t at = 8; at + 12 <= file.size();) {
    std::size_t body_bytes = 0;
    for (std::size_t i = 0; i < 4; ++i) body_bytes = body_bytes << 8 | static_cast<std::uint8_t>(file[at + i]);
    names.emplace_back(as_text(file.subspan(at + 4, 4)));
    at += 12 + body_bytes;
  }
  return names;
}

std::vector<std::uint8_t> to_rgba(const Image& image) {
  const std::uint32_t channels = channels_of(image.format);
  std::vector<std::uint8_t> rgba;
  rgba.reserve(image.samples.size() / channels * 4);
  for (std::size_t at = 0; at < image.samples.size(); at += channels) {
    const std::size_t step = channels == 1 ? 0 : 1;
    for (std::size_t channel = 0; channel < 3; ++channel) rgba.push_back(image.samples[at + channel * step]);
    rgba.push_back(channels == 4 ? image.samples[at + 3] : 255);
  }
  return rgba;
}

}  // namespace locket::codec
