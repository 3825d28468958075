#include "codec/row_reader.hpp"

#include <new>
#include <stdexcept>
#include <string>

#include "codec/picture_readers.hpp"

namespace locket::codec {

Result<std::unique_ptr<RowReader>> open_picture(BytesView upload, const Limits& limits) {
  try {
    if (upload.empty()) return fail(Code::picture_empty, "no bytes");
    if (upload.size() > limits.picture_bytes_max) {
      return fail(Code::picture_bytes_over_limit, std::to_string(upload.size()) + " bytes, at most " +
                                                      std::to_string(limits.picture_bytes_max) + " are accepted");
    }
    const std::optional<MediaType> kind = sniff_media_type(upload);
    if (kind == MediaType::png) return open_png(upload, limits);
    if (kind == MediaType::jpeg) return open_jpeg(upload, limits);
    const bool damaged_png = as_text(upload).substr(1, 3) == "PNG";
    return fail(Code::picture_format_unknown, damaged_png ? "a damaged PNG signature" : "neither PNG nor JPEG");
  } catch (const std::bad_alloc&) {
    return fail(Code::out_of_memory);
  } catch (const std::length_error&) {
    return fail(Code::out_of_memory);
  }
}

std::uint64_t told_pixels(BytesView upload, const Limits& limits) {
  const std::optional<MediaType> kind = sniff_media_type(upload);
  if (!kind) return 0;
  const Result<PixelSize> size =
      *kind == MediaType::png ? read_png_size(upload, limits) : read_jpeg_size(upload, limits);
  return size ? std::uint64_t{size->width_px} * size->height_px : 0;
}

}  // namespace locket::codec
