#pragma once

#include <cstddef>
#include <cstdint>

#include "base/kernel.hpp"

namespace locket::codec {

/// The five filters of PNG (third edition, clause 9), by their number in the file.
enum class RowFilter : std::uint8_t { none, sub, up, average, paeth };

inline constexpr std::size_t row_filter_count = 5;

/// So many bytes behind a row may be read, whatever they hold, and behind a filtered row overwritten.
inline constexpr std::size_t filter_margin_bytes = 64;

/// One row to be filtered, with its surroundings.
struct FilterInput {
  const std::uint8_t* row = nullptr;    ///< `pixel_bytes` zeros stand before it
  const std::uint8_t* above = nullptr;  ///< the row before, with zeros before it too; zeros for the first of a picture
  std::size_t row_bytes = 0;
  std::uint32_t pixel_bytes = 1;  ///< 1 to 4
};

/// Filters one row with one filter, byte after byte.
/// Inputs: the row; `out` holds `row_bytes` bytes and overlaps neither row. Never fails. Any thread. Cost: linear.
void apply_row_filter(RowFilter filter, const FilterInput& input, std::uint8_t* out) noexcept;

/// Chooses the filter whose bytes, taken as signed, have the least sum of absolute values (PNG specification, 12.7;
/// the lower number wins a tie), and filters the row with it.
/// Inputs: as above, but `out` holds 1 + `row_bytes` bytes, the filter's number and the filtered row, and
/// `filter_margin_bytes` more. Never fails. Any thread.
using FilterKernel = void (*)(const FilterInput& input, std::uint8_t* out) noexcept;

/// The kernel to run: the fastest that this CPU has, or the plain one. Any thread.
[[nodiscard]] FilterKernel filter_kernel(Kernel kernel) noexcept;

/// The kernel without vectors.
void filter_row_plain(const FilterInput& input, std::uint8_t* out) noexcept;

/// The kernel for what this CPU has.
void filter_row_vector(const FilterInput& input, std::uint8_t* out) noexcept;

}  // namespace locket::codec
