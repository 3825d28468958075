#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace locket::codec {

/// The five filters of PNG (specification, clause 9), by their number in the file.
enum class RowFilter : std::uint8_t { none, sub, up, average, paeth };

inline constexpr std::size_t row_filter_count = 5;

/// One row to be filtered, with its surroundings.
struct FilterInput {
  const std::uint8_t* row = nullptr;
  const std::uint8_t* above = nullptr;  ///< the row before, as long; zeros for the first row of a picture
  std::size_t row_bytes = 0;
  std::uint32_t pixel_bytes = 1;  ///< 1 to 4
};

/// Filters one row with one filter.
/// Inputs: the row; `out` holds `row_bytes` bytes and overlaps neither row. Never fails. Any thread. Cost: linear.
void apply_row_filter(RowFilter filter, const FilterInput& input, std::uint8_t* out) noexcept;

/// Chooses the filter whose bytes, taken as signed, have the least sum of absolute values (PNG specification, 12.7;
/// the lower number wins a tie), and filters the row with it.
/// Inputs: as above, but `out` holds 1 + `row_bytes` bytes: the filter's number, then the filtered row.
void filter_row(const FilterInput& input, std::uint8_t* out) noexcept;

}  // namespace locket::codec
