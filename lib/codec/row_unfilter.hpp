#pragma once

#include <cstddef>
#include <cstdint>

#include "base/kernel.hpp"

namespace locket::codec {

/// Some neighbouring filtered rows of a PNG and where they go.
struct FilteredRows {
  const std::uint8_t* filtered = nullptr;  ///< the filter byte of the first row; each row follows the one before
  std::uint8_t* rows = nullptr;            ///< the first row
  std::size_t stride_bytes = 0;            ///< from one row to the next, at least the row's bytes and `unfilter_margin`
  const std::uint8_t* above = nullptr;     ///< the row above the first, as it was given out; zeros above the picture
  const std::uint8_t* zeros = nullptr;     ///< as many zeros as a row has bytes
  std::uint32_t count = 0;
  std::size_t row_bytes = 0;    ///< without the filter byte
  std::size_t pixel_bytes = 0;  ///< 1 to 4
};

/// So many bytes on both sides of the filtered rows, of `above` and of `zeros` may be read, whatever they hold, and as
/// many on both sides of each row that is given out are overwritten.
inline constexpr std::size_t unfilter_margin_bytes = 128;

/// So many rows are undone together at most; a count that is a multiple of it costs the least.
inline constexpr std::uint32_t unfilter_rows_together = 16;

/// Undoes the filters of some rows (PNG third edition, clause 9.2). Inputs: the rows, whose filter bytes must all be 0
/// to 4 (`has_known_filters`). `filtered` and `rows` must not overlap. Never fails. Any thread.
using UnfilterKernel = void (*)(const FilteredRows& rows);

/// The kernel to run: the fastest that this CPU has, or the plain one. Any thread.
[[nodiscard]] UnfilterKernel unfilter_kernel(Kernel kernel) noexcept;

/// Whether every filter byte is one that the specification knows. Never fails.
[[nodiscard]] bool has_known_filters(const FilteredRows& rows) noexcept;

/// The kernel without vectors.
void unfilter_plain(const FilteredRows& rows);

/// The kernel for what this CPU has.
void unfilter_vector(const FilteredRows& rows);

}  // namespace locket::codec
