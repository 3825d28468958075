#include "codec/row_filter.hpp"

#include <cstdlib>

namespace locket::codec {
namespace {

std::uint8_t paeth_predictor(int left, int above, int above_left) noexcept {
  const int to_left = std::abs(above - above_left);
  const int to_above = std::abs(left - above_left);
  const int to_above_left = std::abs(left + above - 2 * above_left);
  if (to_left <= to_above && to_left <= to_above_left) return static_cast<std::uint8_t>(left);
  return static_cast<std::uint8_t>(to_above <= to_above_left ? above : above_left);
}

/// The filtered value of byte `x`. The pixel before the first counts as zero, which is what stands there.
template <RowFilter filter>
std::uint8_t filtered(const FilterInput& input, std::size_t x) noexcept {
  const int value = input.row[x];
  const int left = *(input.row + x - input.pixel_bytes);
  const int above = input.above[x];
  const int above_left = *(input.above + x - input.pixel_bytes);
  int predicted = 0;
  if constexpr (filter == RowFilter::sub) predicted = left;
  if constexpr (filter == RowFilter::up) predicted = above;
  if constexpr (filter == RowFilter::average) predicted = (left + above) / 2;
  if constexpr (filter == RowFilter::paeth) predicted = paeth_predictor(left, above, above_left);
  return static_cast<std::uint8_t>(value - predicted);
}

template <RowFilter filter>
void apply(const FilterInput& input, std::uint8_t* out) noexcept {
  for (std::size_t x = 0; x < input.row_bytes; ++x) out[x] = filtered<filter>(input, x);
}

template <RowFilter filter>
std::uint64_t cost(const FilterInput& input) noexcept {
  std::uint64_t sum = 0;
  for (std::size_t x = 0; x < input.row_bytes; ++x) {
    const unsigned value = filtered<filter>(input, x);
    sum += value < 128 ? value : 256 - value;
  }
  return sum;
}

}  // namespace

void apply_row_filter(RowFilter filter, const FilterInput& input, std::uint8_t* out) noexcept {
  switch (filter) {
    case RowFilter::none: return apply<RowFilter::none>(input, out);
    case RowFilter::sub: return apply<RowFilter::sub>(input, out);
    case RowFilter::up: return apply<RowFilter::up>(input, out);
    case RowFilter::average: return apply<RowFilter::average>(input, out);
    case RowFilter::paeth: return apply<RowFilter::paeth>(input, out);
  }
}

void filter_row_plain(const FilterInput& input, std::uint8_t* out) noexcept {
  const std::uint64_t costs[row_filter_count] = {cost<RowFilter::none>(input), cost<RowFilter::sub>(input),
                                                 cost<RowFilter::up>(input), cost<RowFilter::average>(input),
                                                 cost<RowFilter::paeth>(input)};
  std::uint8_t best = 0;
  for (std::uint8_t each = 1; each < row_filter_count; ++each) {
    if (costs[each] < costs[best]) best = each;
  }
  out[0] = best;
  apply_row_filter(static_cast<RowFilter>(best), input, out + 1);
}

FilterKernel filter_kernel(Kernel kernel) noexcept {
  return kernel == Kernel::plain ? filter_row_plain : filter_row_vector;
}

}  // namespace locket::codec
