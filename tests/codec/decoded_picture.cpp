#include "decoded_picture.hpp"

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace locket::codec {

Result<DecodedPicture> decode_picture(BytesView upload, const Limits& limits) {
  const Result<std::unique_ptr<RowReader>> reader = open_picture(upload, limits);
  if (!reader) return std::unexpected(reader.error());
  DecodedPicture picture{.header = (*reader)->header(), .image = {}, .batches = 0};
  picture.image.size = picture.header.facts.size;
  picture.image.format = picture.header.format;
  const std::size_t row_bytes = picture.image.row_bytes();
  for (;;) {
    const Result<RowBatch> batch = (*reader)->next_rows();
    if (!batch) return std::unexpected(batch.error());
    if (batch->rows == 0) break;
    ++picture.batches;
    for (std::uint32_t y = 0; y < batch->rows; ++y) {
      const std::uint8_t* const row = batch->first + y * batch->stride_bytes;
      picture.image.samples.insert(picture.image.samples.end(), row, row + row_bytes);
    }
  }
  if (picture.image.samples.size() != row_bytes * picture.image.size.height_px) {
    throw std::logic_error("the reader gave another count of rows than it said");
  }
  return picture;
}

Bytes read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("can't read " + path);
  std::ostringstream whole;  // which reads by the block, as an iterator does not
  whole << file.rdbuf();
  const BytesView bytes = as_bytes(whole.view());
  return {bytes.begin(), bytes.end()};
}

}  // namespace locket::codec
