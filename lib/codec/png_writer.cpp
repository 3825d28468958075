#include "codec/png_writer.hpp"

#include <libdeflate.h>

#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>
#include <vector>

#include "codec/pixel_layout.hpp"
#include "codec/row_filter.hpp"

namespace locket::codec {
namespace {

constexpr std::array<std::uint8_t, 8> signature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr std::size_t chunk_overhead_bytes = 12;  // length, name, checksum
constexpr std::size_t header_chunk_bytes = 13;
constexpr std::uint64_t png_number_max = 0x7FFF'FFFF;  // specification, clause 7.1

void store_u32(std::uint8_t* out, std::uint32_t value) noexcept {
  out[0] = static_cast<std::uint8_t>(value >> 24);
  out[1] = static_cast<std::uint8_t>(value >> 16);
  out[2] = static_cast<std::uint8_t>(value >> 8);
  out[3] = static_cast<std::uint8_t>(value);
}

/// Puts length, name and checksum around `body_bytes` that stand at `out + 8` already; gives the place after the chunk.
std::uint8_t* close_chunk(std::uint8_t* out, const char (&name)[5], std::size_t body_bytes) noexcept {
  store_u32(out, static_cast<std::uint32_t>(body_bytes));
  std::memcpy(out + 4, name, 4);
  store_u32(out + 8 + body_bytes, libdeflate_crc32(0, out + 4, 4 + body_bytes));
  return out + chunk_overhead_bytes + body_bytes;
}

std::uint8_t* write_header(std::uint8_t* out, PixelSize size, PixelLayout layout) noexcept {
  std::memcpy(out, signature.data(), signature.size());
  out += signature.size();
  std::uint8_t* body = out + 8;
  store_u32(body, size.width_px);
  store_u32(body + 4, size.height_px);
  body[8] = 8;  // bits a sample
  body[9] = static_cast<std::uint8_t>(layout);
  body[10] = body[11] = body[12] = 0;  // deflate, the five filters, not interlaced
  return close_chunk(out, "IHDR", header_chunk_bytes);
}

/// Every row of the image, packed and filtered, as they go into the compressor.
std::vector<std::uint8_t> filter_rows(const Image& image, PixelLayout layout) {
  const std::size_t row_bytes = std::size_t{image.size.width_px} * pixel_bytes_of(layout);
  std::vector<std::uint8_t> packed(2 * row_bytes);
  std::vector<std::uint8_t> filtered((row_bytes + 1) * image.size.height_px);
  std::uint8_t* current = packed.data();
  std::uint8_t* above = packed.data() + row_bytes;
  for (std::uint32_t y = 0; y < image.size.height_px; ++y) {
    pack_row(image.row(y), image.format, layout, current);
    filter_row({current, above, row_bytes, pixel_bytes_of(layout)}, filtered.data() + (row_bytes + 1) * y);
    std::swap(current, above);
  }
  return filtered;
}

int compression_level(Effort effort) noexcept { return effort == Effort::fast ? 1 : 9; }

struct FreeCompressor {
  void operator()(libdeflate_compressor* compressor) const noexcept { libdeflate_free_compressor(compressor); }
};

Result<Bytes> write_checked(const Image& image, Effort effort) {
  const std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor(
      libdeflate_alloc_compressor(compression_level(effort)));
  if (!compressor) return fail(Code::out_of_memory);

  const PixelLayout layout = smallest_layout(image);
  const std::vector<std::uint8_t> filtered = filter_rows(image, layout);
  const std::size_t data_bytes_max = libdeflate_zlib_compress_bound(compressor.get(), filtered.size());
  if (data_bytes_max > png_number_max) return fail(Code::argument_invalid, "the image is too large for one data chunk");

  Bytes file(signature.size() + 3 * chunk_overhead_bytes + header_chunk_bytes + data_bytes_max);
  auto* const begin = reinterpret_cast<std::uint8_t*>(file.data());
  std::uint8_t* end = write_header(begin, image.size, layout);
  const std::size_t data_bytes =
      libdeflate_zlib_compress(compressor.get(), filtered.data(), filtered.size(), end + 8, data_bytes_max);
  if (data_bytes == 0) return fail(Code::internal_error, "the compressor's own bound was too small");
  end = close_chunk(end, "IDAT", data_bytes);
  end = close_chunk(end, "IEND", 0);
  file.resize(static_cast<std::size_t>(end - begin));
  file.shrink_to_fit();
  return file;
}

}  // namespace

Result<Bytes> write_png(const Image& image, Effort effort) {
  if (image.size.width_px == 0 || image.size.height_px == 0 || image.size.width_px > png_number_max ||
      image.size.height_px > png_number_max) {
    return fail(Code::argument_invalid, "an image has at least one pixel and no side over 2147483647 pixels");
  }
  // By division: the product of the sides may not fit into 64 bits.
  if (image.samples.size() % image.row_bytes() != 0 ||
      image.samples.size() / image.row_bytes() != image.size.height_px) {
    return fail(Code::argument_invalid, "the samples do not fill the image");
  }
  try {
    return write_checked(image, effort);
  } catch (const std::bad_alloc&) {
    return fail(Code::out_of_memory);
  } catch (const std::length_error&) {
    return fail(Code::out_of_memory);
  }
}

}  // namespace locket::codec
