#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "locket/bytes.hpp"
#include "locket/picture.hpp"

namespace locket::codec {

/// What a scan header says (ITU-T T.81, B.2.3).
struct JpegScan {
  std::vector<std::uint8_t> components;  ///< their names
  std::uint8_t first_coefficient = 0;
  std::uint8_t last_coefficient = 0;
  std::uint8_t sent_bits = 0;     ///< Ah: the low bits that were missing before
  std::uint8_t missing_bits = 0;  ///< Al: the low bits that are missing after
};

/// Builds JPEG files segment by segment. Components are named 1, 2, and so on, and use the first tables.
class JpegFile {
 public:
  /// Starts with SOI and a quantisation table of ones.
  JpegFile();

  JpegFile& segment(std::uint8_t marker, std::span<const std::uint8_t> body);
  /// A frame header of 8 bits a sample; a component for each pair of sampling factors, such as 0x21 for 2 across, 1
  /// down.
  JpegFile& frame(std::uint8_t marker, PixelSize size, std::initializer_list<std::uint8_t> sampling);
  /// A code for every symbol: of one bit for the first, of one bit more for each after it. Inputs: 0 for DC, 1 for AC.
  JpegFile& huffman_table(std::uint8_t kind, std::span<const std::uint8_t> symbols);
  JpegFile& scan(const JpegScan& scan, std::span<const std::uint8_t> data);
  JpegFile& end();

  [[nodiscard]] const Bytes& bytes() const noexcept { return bytes_; }

 private:
  Bytes bytes_;
};

}  // namespace locket::codec
