#include "png_judge.hpp"

#include <png.h>

#include <cstring>
#include <stdexcept>
#include <vector>

namespace locket::codec {
namespace {

void read_bytes(png_structp png, png_bytep out, std::size_t count) {
  auto& rest = *static_cast<BytesView*>(png_get_io_ptr(png));
  if (count > rest.size()) png_error(png, "the file ends early");
  std::memcpy(out, rest.data(), count);
  rest = rest.subspan(count);
}

[[noreturn]] void on_error(png_structp, png_const_charp message) { throw std::runtime_error(message); }

void on_warning(png_structp, png_const_charp) {}

struct Reader {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, on_error, on_warning);
  png_infop info = png_create_info_struct(png);

  Reader() = default;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
};

Image read_image(BytesView file) {
  const Reader reader;
  png_set_read_fn(reader.png, &file, read_bytes);
  png_read_info(reader.png, reader.info);
  Image image;
  image.size = {png_get_image_width(reader.png, reader.info), png_get_image_height(reader.png, reader.info)};
  image.format = RowFormat::rgba;
  png_set_scale_16(reader.png);
  png_set_expand(reader.png);
  png_set_gray_to_rgb(reader.png);
  png_set_add_alpha(reader.png, 255, PNG_FILLER_AFTER);
  png_set_interlace_handling(reader.png);
  png_read_update_info(reader.png, reader.info);
  image.samples.resize(image.row_bytes() * image.size.height_px);
  std::vector<png_bytep> rows(image.size.height_px);
  for (std::size_t y = 0; y < rows.size(); ++y) rows[y] = image.samples.data() + y * image.row_bytes();
  png_read_image(reader.png, rows.data());
  png_read_end(reader.png, nullptr);
  return image;
}

}  // namespace

std::optional<Image> judge_png(BytesView file) {
  if (file.size() < 8 || png_sig_cmp(reinterpret_cast<png_const_bytep>(file.data()), 0, 8) != 0) return std::nullopt;
  try {
    return read_image(file);
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

}  // namespace locket::codec
