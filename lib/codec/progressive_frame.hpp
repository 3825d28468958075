#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "codec/chroma_sampling.hpp"
#include "codec/jpeg_layout.hpp"
#include "codec/jpeg_tables.hpp"
#include "locket/bytes.hpp"
#include "locket/picture.hpp"

namespace locket::codec {

/// One scan of a progressive JPEG (ITU-T T.81, annex G): some bits of some coefficients of one component, or of the
/// first coefficient of all.
struct ProgressiveScan {
  std::uint8_t first_component = 0;
  std::uint8_t components = 1;      ///< 1, or all; then the scan goes through units, otherwise through blocks
  std::uint8_t first_place = 0;     ///< of its coefficients, in the order of the file (zigzag)
  std::uint8_t last_place = 0;      ///< 0 where the first place is
  std::uint8_t low_bit = 0;         ///< of the coefficients the bits above are known after it, and itself
  bool refines = false;             ///< it brings this one bit; otherwise all above as well
  std::uint32_t restart_units = 0;  ///< units or blocks between two restart markers; 0: there are none
  std::array<BytesView, 3> codes;   ///< as `JpegTables` gives them; none is needed to refine the first coefficient
  /// The coded data up to the end of the file. In it 0xFF stands before 0x00 or a restart marker only, until the next
  /// marker.
  BytesView data;
};

/// A progressive JPEG of the most common kind: 8 bits, Huffman-coded, grey or YCbCr.
struct ProgressiveFrame {
  PixelSize size;
  ChromaSampling sampling = ChromaSampling::grey;
  std::array<JpegTables::Quantisation, 3> quantisation{};  ///< of grey pictures only the first is meant
  std::vector<ProgressiveScan> scans;
};

/// The blocks of a component across and down.
struct BlockCounts {
  std::uint32_t across = 0;
  std::uint32_t down = 0;
};

/// Those that a scan of this component alone goes through: what fills up the last units is left out (T.81, A.2.2).
[[nodiscard]] BlockCounts block_counts(PixelSize size, ChromaSampling sampling, std::size_t component) noexcept;

/// Reads what a decoder of this kind needs. Whatever is unusual (other colours, scans that repeat, skip or leave out
/// bits, tables that do not fit, fill bytes in the data, restart markers out of order, other segments between scans) is
/// not taken: another decoder is to judge it. Input: the layout of `read_jpeg_layout`, which bounds the number of
/// scans. Result: views into its upload, or nothing. Throws std::bad_alloc. Any thread. Cost: one pass over the file.
[[nodiscard]] std::optional<ProgressiveFrame> read_progressive_frame(const JpegLayout& layout);

}  // namespace locket::codec
