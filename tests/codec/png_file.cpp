#include "png_file.hpp"

#include <libdeflate.h>

#include <array>
#include <memory>

namespace locket::codec {
namespace {

void append_u32(Bytes& bytes, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::byte>(value >> shift & 0xFF));
}

void put_u32(std::uint8_t* at, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

}  // namespace

PngFile::PngFile() {
  const BytesView signature = as_bytes("\x89PNG\r\n\x1a\n");
  bytes_.assign(signature.begin(), signature.end());
}

PngFile& PngFile::header(const PngHeader& header) {
  std::array<std::uint8_t, 13> body{};
  put_u32(body.data(), header.width);
  put_u32(body.data() + 4, header.height);
  body[8] = header.depth;
  body[9] = header.colour;
  body[10] = header.compression;
  body[11] = header.filter;
  body[12] = header.interlace;
  return chunk("IHDR", body);
}

PngFile& PngFile::chunk(std::string_view name, std::span<const std::uint8_t> body) {
  append_u32(bytes_, static_cast<std::uint32_t>(body.size()));
  const std::size_t start = bytes_.size();
  const BytesView letters = as_bytes(name);
  bytes_.insert(bytes_.end(), letters.begin(), letters.end());
  const BytesView content = std::as_bytes(body);
  bytes_.insert(bytes_.end(), content.begin(), content.end());
  append_u32(bytes_, libdeflate_crc32(0, bytes_.data() + start, bytes_.size() - start));
  return *this;
}

PngFile& PngFile::data(std::span<const std::uint8_t> raw) { return chunk("IDAT", compress(raw)); }

std::vector<std::uint8_t> compress(std::span<const std::uint8_t> raw) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(6), libdeflate_free_compressor);
  std::vector<std::uint8_t> out(libdeflate_zlib_compress_bound(compressor.get(), raw.size()));
  out.resize(libdeflate_zlib_compress(compressor.get(), raw.data(), raw.size(), out.data(), out.size()));
  return out;
}

}  // namespace locket::codec
