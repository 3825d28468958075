#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "codec/chroma_sampling.hpp"
#include "codec/jpeg_layout.hpp"
#include "locket/bytes.hpp"
#include "locket/picture.hpp"

namespace locket::codec {

/// What one component needs to be decoded.
struct BaselineComponent {
  std::array<std::uint8_t, 64> quantisation{};  ///< in the order of the file (zigzag), none is 0
  BytesView dc_code;  ///< 16 counts of codes by their bits, then at most 256 symbols (T.81, B.2.4.2)
  BytesView ac_code;
};

/// A JPEG of the most common kind: 8 bits, Huffman-coded, sequential, all in one scan, grey or YCbCr.
struct BaselineScan {
  PixelSize size;
  ChromaSampling sampling = ChromaSampling::grey;
  std::array<BaselineComponent, 3> components;  ///< of grey pictures only the first is meant
  std::uint32_t restart_units = 0;              ///< units between two restart markers; 0: there are none
  /// The coded data up to the end of the file. In it 0xFF stands before 0x00 or a restart marker only, until EOI.
  BytesView data;
};

/// Reads what a decoder of the common kind needs. Whatever is unusual (several scans, other sampling or colours, tables
/// that do not fit, fill bytes in the data, restart markers out of order, segments after the data) is not taken:
/// another decoder is to judge it. Input: the layout of `read_jpeg_layout`. Result: views into its upload, or nothing.
/// Never fails, allocates nothing. Any thread. Cost: one pass over the file.
[[nodiscard]] std::optional<BaselineScan> read_baseline_scan(const JpegLayout& layout) noexcept;

}  // namespace locket::codec
