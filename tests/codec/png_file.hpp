#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/png_layout.hpp"
#include "locket/bytes.hpp"

namespace locket::codec {

/// The parts of a PNG that a test wants to have right or wrong.
struct PngHeader {
  std::uint32_t width = 1;
  std::uint32_t height = 1;
  std::uint8_t depth = 8;
  std::uint8_t colour = 0;
  std::uint8_t compression = 0;
  std::uint8_t filter = 0;
  std::uint8_t interlace = 0;
};

/// Builds PNG files chunk by chunk, right checksums included.
class PngFile {
 public:
  PngFile();

  PngFile& header(const PngHeader& header);
  PngFile& chunk(std::string_view name, std::span<const std::uint8_t> body);
  /// One IDAT that holds `raw` (rows with their filter bytes), compressed.
  PngFile& data(std::span<const std::uint8_t> raw);
  PngFile& end() { return chunk("IEND", {}); }

  [[nodiscard]] const Bytes& bytes() const noexcept { return bytes_; }

 private:
  Bytes bytes_;
};

/// The zlib form of some bytes.
[[nodiscard]] std::vector<std::uint8_t> compress(std::span<const std::uint8_t> raw);

}  // namespace locket::codec
