#include "encoded_jpeg.hpp"

#include <cstddef>
#include <cstdio>
// jpeglib.h needs size_t and FILE to be there.
#include <jpeglib.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <vector>

namespace locket::codec {
namespace {

[[noreturn]] void throw_error(j_common_ptr) { throw std::runtime_error("libjpeg does not write this"); }

void set_parameters(jpeg_compress_struct& jpeg, const Image& image, const JpegEncoding& encoding) {
  const bool grey = image.format == RowFormat::grey;
  jpeg.image_width = image.size.width_px;
  jpeg.image_height = image.size.height_px;
  jpeg.input_components = static_cast<int>(channels_of(image.format));
  jpeg.in_color_space = grey ? JCS_GRAYSCALE : encoding.cmyk ? JCS_CMYK : JCS_RGB;
  jpeg_set_defaults(&jpeg);
  if (encoding.rgb) jpeg_set_colorspace(&jpeg, JCS_RGB);
  if (!encoding.adobe) jpeg.write_Adobe_marker = FALSE;
  jpeg_set_quality(&jpeg, encoding.quality, TRUE);
  jpeg.restart_interval = encoding.restart_units;
  jpeg.optimize_coding = encoding.optimised ? TRUE : FALSE;
  for (int i = 0; i < jpeg.num_components; ++i) {
    jpeg.comp_info[i].h_samp_factor = i == 0 ? encoding.luma_sampling >> 4 : 1;
    jpeg.comp_info[i].v_samp_factor = i == 0 ? encoding.luma_sampling & 15 : 1;
  }
  if (encoding.progressive) jpeg_simple_progression(&jpeg);
}

/// In libjpeg's form, which must live until the picture is written. Components are named from 1 on.
std::vector<jpeg_scan_info> scan_script(const JpegEncoding& encoding) {
  std::vector<jpeg_scan_info> script;
  for (const JpegScan& from : encoding.scans) {
    jpeg_scan_info& scan = script.emplace_back();
    scan.comps_in_scan = static_cast<int>(from.components.size());
    for (std::size_t i = 0; i < from.components.size(); ++i) scan.component_index[i] = from.components[i] - 1;
    scan.Ss = from.first_coefficient;
    scan.Se = from.last_coefficient;
    scan.Ah = from.sent_bits;
    scan.Al = from.missing_bits;
  }
  return script;
}

}  // namespace

Bytes encode_jpeg(const Image& image, const JpegEncoding& encoding) {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  errors.error_exit = throw_error;
  jpeg_create_compress(&jpeg);
  unsigned char* file = nullptr;
  unsigned long bytes = 0;
  jpeg_mem_dest(&jpeg, &file, &bytes);
  set_parameters(jpeg, image, encoding);
  const std::vector<jpeg_scan_info> script = scan_script(encoding);
  if (!script.empty()) {
    jpeg.scan_info = script.data();
    jpeg.num_scans = static_cast<int>(script.size());
  }
  jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < jpeg.image_height) {
    auto* row = const_cast<JSAMPLE*>(image.row(jpeg.next_scanline).data());
    static_cast<void>(jpeg_write_scanlines(&jpeg, &row, 1));
  }
  jpeg_finish_compress(&jpeg);
  const auto* const start = reinterpret_cast<const std::byte*>(file);
  Bytes written(start, start + bytes);
  jpeg_destroy_compress(&jpeg);
  std::free(file);
  return written;
}

}  // namespace locket::codec
