#include "codec/row_unfilter.hpp"

#include <cstdlib>

namespace locket::codec {
namespace {

/// One row on its way back; `left` and so on are the bytes of the neighbouring pixels.
struct Row {
  const std::uint8_t* filtered;
  const std::uint8_t* above;
  std::uint8_t* out;
  std::size_t bytes;
  std::size_t pixel_bytes;
};

std::uint8_t nearest(int left, int above, int above_left) noexcept {
  const int guess = left + above - above_left;
  const int from_left = std::abs(guess - left);
  const int from_above = std::abs(guess - above);
  const int from_above_left = std::abs(guess - above_left);
  if (from_left <= from_above && from_left <= from_above_left) return static_cast<std::uint8_t>(left);
  return static_cast<std::uint8_t>(from_above <= from_above_left ? above : above_left);
}

/// `predict(left, above, above_left)` gives what was taken off each byte.
template <class Predict>
void undo(const Row& row, Predict predict) noexcept {
  for (std::size_t i = 0; i < row.bytes; ++i) {
    const bool first = i < row.pixel_bytes;
    const int left = first ? 0 : row.out[i - row.pixel_bytes];
    const int above_left = first ? 0 : row.above[i - row.pixel_bytes];
    row.out[i] = static_cast<std::uint8_t>(row.filtered[i] + predict(left, int{row.above[i]}, above_left));
  }
}

void undo(std::uint8_t filter, const Row& row) noexcept {
  switch (filter) {
    case 1: undo(row, [](int left, int, int) { return left; }); break;
    case 2: undo(row, [](int, int above, int) { return above; }); break;
    case 3: undo(row, [](int left, int above, int) { return (left + above) / 2; }); break;
    case 4: undo(row, [](int left, int above, int above_left) { return nearest(left, above, above_left); }); break;
    default: undo(row, [](int, int, int) { return 0; }); break;
  }
}

}  // namespace

void unfilter_plain(const FilteredRows& rows) {
  const std::uint8_t* filtered = rows.filtered;
  const std::uint8_t* above = rows.above;
  std::uint8_t* out = rows.rows;
  for (std::uint32_t y = 0; y < rows.count; ++y) {
    undo(*filtered, {filtered + 1, above, out, rows.row_bytes, rows.pixel_bytes});
    filtered += 1 + rows.row_bytes;
    above = out;
    out += rows.stride_bytes;
  }
}

UnfilterKernel unfilter_kernel(Kernel kernel) noexcept {
  return kernel == Kernel::plain ? unfilter_plain : unfilter_vector;
}

bool has_known_filters(const FilteredRows& rows) noexcept {
  for (std::uint32_t y = 0; y < rows.count; ++y) {
    if (rows.filtered[y * (1 + rows.row_bytes)] > 4) return false;
  }
  return true;
}

}  // namespace locket::codec
