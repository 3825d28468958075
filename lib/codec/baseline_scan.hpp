#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "codec/jpeg_layout.hpp"
#include "locket/bytes.hpp"
#include "locket/picture.hpp"

namespace locket::codec {

/// How many samples of brightness there are for each of colour.
enum class ChromaSampling : std::uint8_t {
  grey,     ///< there is no colour
  full,     ///< 4:4:4
  half,     ///< 4:2:2, two across
  quarter,  ///< 4:2:0, two across and two down
};

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

/// So many samples of brightness a unit has across (T.81, A.2.1).
[[nodiscard]] constexpr std::uint32_t unit_width_px(ChromaSampling sampling) noexcept {
  return sampling == ChromaSampling::half || sampling == ChromaSampling::quarter ? 16 : 8;
}

/// So many samples of brightness a unit has down.
[[nodiscard]] constexpr std::uint32_t unit_height_px(ChromaSampling sampling) noexcept {
  return sampling == ChromaSampling::quarter ? 16 : 8;
}

/// The units of a picture across and down; the last ones are filled up (T.81, A.2.4).
struct UnitCounts {
  std::uint32_t across = 0;
  std::uint32_t down = 0;
};

/// Of a picture of 1 px at least on each side. Never fails.
[[nodiscard]] constexpr UnitCounts unit_counts(PixelSize size, ChromaSampling sampling) noexcept {
  return {(size.width_px - 1) / unit_width_px(sampling) + 1, (size.height_px - 1) / unit_height_px(sampling) + 1};
}

/// Reads what a decoder of the common kind needs. Whatever is unusual (several scans, other sampling or colours, tables
/// that do not fit, fill bytes in the data, restart markers out of order, segments after the data) is not taken:
/// another decoder is to judge it. Input: the layout of `read_jpeg_layout`. Result: views into its upload, or nothing.
/// Never fails, allocates nothing. Any thread. Cost: one pass over the file.
[[nodiscard]] std::optional<BaselineScan> read_baseline_scan(const JpegLayout& layout) noexcept;

}  // namespace locket::codec
