#include "codec/row_unfilter.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/unfilter_vector.cpp"
#include <hwy/foreach_target.h>
// The order matters: foreach_target includes this file again for each set of instructions.
#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace locket::codec::HWY_NAMESPACE {
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
// No vectors at all.
void unfilter(const FilteredRows& rows) { return unfilter_plain(rows); }
#else
namespace {

// Sub, Average and Paeth need the pixel to the left, so one row is a chain of steps that wait for each other. Eight
// rows go together instead: each of eight lanes follows one row, one pixel behind the lane of the row above it, so that
// all that a lane needs of that row was made in the step before. A lane is 4 bytes wide, whatever a pixel has; two
// vectors of four lanes take turns, for either alone would leave the CPU waiting.

namespace hn = hwy::HWY_NAMESPACE;

constexpr hn::Full128<std::uint8_t> bytes16;
constexpr hn::Full128<std::uint32_t> lanes4;
constexpr hn::Full128<std::uint64_t> pairs2;
using Bytes16 = hn::Vec<decltype(bytes16)>;

constexpr std::uint32_t lanes = 4;
constexpr std::uint32_t together = unfilter_rows_together;
constexpr std::ptrdiff_t block = 4;  ///< pixels of a row that are loaded at once
static_assert(together == 2 * lanes);

/// Loads 4 neighbouring pixels, one a lane.
template <std::size_t pixel_bytes>
HWY_INLINE Bytes16 load4(const std::uint8_t* pixels) {
  if constexpr (pixel_bytes == 4) return hn::LoadU(bytes16, pixels);
  alignas(16) static constexpr std::uint8_t spread[16] = {0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 11};
  if constexpr (pixel_bytes == 3) return hn::TableLookupBytes(hn::LoadU(bytes16, pixels), hn::Load(bytes16, spread));
  std::uint32_t four;
  std::memcpy(&four, pixels, sizeof four);
  alignas(16) static constexpr std::uint8_t widen[16] = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3};
  return hn::TableLookupBytes(hn::BitCast(bytes16, hn::Set(lanes4, four)), hn::Load(bytes16, widen));
}

/// Stores 4 neighbouring pixels; with 3 bytes a pixel the 4 bytes behind them are overwritten too.
template <std::size_t pixel_bytes>
HWY_INLINE void store4(Bytes16 pixels, std::uint8_t* out) {
  if constexpr (pixel_bytes == 4) {
    hn::StoreU(pixels, bytes16, out);
  } else if constexpr (pixel_bytes == 3) {
    alignas(16) static constexpr std::uint8_t close[16] = {0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 15, 15, 15, 15};
    hn::StoreU(hn::TableLookupBytes(pixels, hn::Load(bytes16, close)), bytes16, out);
  } else {
    alignas(16) static constexpr std::uint8_t narrow[16] = {0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12};
    const auto narrowed = hn::TableLookupBytes(pixels, hn::Load(bytes16, narrow));
    const std::uint32_t four = hn::GetLane(hn::BitCast(lanes4, narrowed));
    std::memcpy(out, &four, sizeof four);
  }
}

/// Four vectors: of pixels by row, or of rows by pixel.
struct Square {
  Bytes16 v0, v1, v2, v3;
};

HWY_INLINE Square transpose(const Square& in) {
  const auto a = hn::BitCast(lanes4, in.v0);
  const auto b = hn::BitCast(lanes4, in.v1);
  const auto c = hn::BitCast(lanes4, in.v2);
  const auto d = hn::BitCast(lanes4, in.v3);
  const auto ab_low = hn::BitCast(pairs2, hn::InterleaveLower(lanes4, a, b));
  const auto ab_high = hn::BitCast(pairs2, hn::InterleaveUpper(lanes4, a, b));
  const auto cd_low = hn::BitCast(pairs2, hn::InterleaveLower(lanes4, c, d));
  const auto cd_high = hn::BitCast(pairs2, hn::InterleaveUpper(lanes4, c, d));
  return {hn::BitCast(bytes16, hn::InterleaveLower(pairs2, ab_low, cd_low)),
          hn::BitCast(bytes16, hn::InterleaveUpper(pairs2, ab_low, cd_low)),
          hn::BitCast(bytes16, hn::InterleaveLower(pairs2, ab_high, cd_high)),
          hn::BitCast(bytes16, hn::InterleaveUpper(pairs2, ab_high, cd_high))};
}

/// Which of its neighbours each of four rows looks at: all bits of a lane or none.
struct Masks {
  Bytes16 left, above, above_left, average;
};

/// The Paeth predictor in bytes. Sub, Up and None are the same with some neighbours taken for 0.
///
/// Of the smaller and the larger of left and above, `low` and `high`, the distances to the guess left + above - c are
/// max(0, high - c) and max(0, c - low) where c lies between them, and that of c itself is their difference. Where c
/// lies outside, one of the two is 0, and its neighbour is indeed the nearest. A tie between low and high means that
/// c is nearer still or all three are equal, so that which of them was left does not matter.
HWY_INLINE Bytes16 nearest(Bytes16 left, Bytes16 above, Bytes16 c) {
  const auto low = hn::Min(left, above);
  const auto high = hn::Max(left, above);
  const auto from_low = hn::SaturatedSub(high, c);
  const auto from_high = hn::SaturatedSub(c, low);
  const auto zero = hn::Zero(bytes16);
  const auto low_is_nearest = hn::Eq(hn::SaturatedSub(from_low, hn::SaturatedSub(from_high, from_low)), zero);
  const auto high_is_nearest = hn::Eq(hn::SaturatedSub(from_high, hn::SaturatedSub(from_low, from_high)), zero);
  return hn::IfThenElse(low_is_nearest, low, hn::IfThenElse(high_is_nearest, high, c));
}

/// One vector's rows: what was made in the step before, and what the rows above made in the one before that.
struct Chain {
  Bytes16 made;
  Bytes16 above_left;
};

/// One step: `filtered` are the four rows' next pixels, `above` what the lane above the first has in its top lane.
template <bool with_average>
HWY_INLINE void advance(Chain& chain, Bytes16 filtered, Bytes16 above_top, const Masks& masks) {
  const auto above = hn::CombineShiftRightBytes<12>(bytes16, chain.made, above_top);
  auto guess = nearest(hn::And(chain.made, masks.left), hn::And(above, masks.above),
                       hn::And(chain.above_left, masks.above_left));
  if constexpr (with_average) {
    const auto odd = hn::And(hn::Xor(chain.made, above), hn::Set(bytes16, 1));
    const auto average = hn::Sub(hn::AverageRound(chain.made, above), odd);
    guess = hn::IfThenElse(hn::MaskFromVec(masks.average), average, guess);
  }
  chain.above_left = above;
  chain.made = hn::Add(filtered, guess);
}

/// The rows that go together.
struct Group {
  std::array<const std::uint8_t*, together> filtered;  ///< behind the filter byte
  std::array<std::uint8_t*, together> out;
  const std::uint8_t* above;
  std::ptrdiff_t width;
  Masks upper, lower;
};

template <std::size_t pixel_bytes>
HWY_INLINE Square load_rows(const Group& group, std::size_t first, std::ptrdiff_t x) {
  const auto at = [&](std::size_t row) {
    return group.filtered[row] + (x - static_cast<std::ptrdiff_t>(row)) * static_cast<std::ptrdiff_t>(pixel_bytes);
  };
  return transpose({load4<pixel_bytes>(at(first)), load4<pixel_bytes>(at(first + 1)), load4<pixel_bytes>(at(first + 2)),
                    load4<pixel_bytes>(at(first + 3))});
}

template <std::size_t pixel_bytes>
HWY_INLINE void store_rows(const Group& group, std::size_t first, std::ptrdiff_t x, const Square& made) {
  const auto at = [&](std::size_t row) {
    return group.out[row] + (x - static_cast<std::ptrdiff_t>(row)) * static_cast<std::ptrdiff_t>(pixel_bytes);
  };
  const Square rows = transpose(made);
  store4<pixel_bytes>(rows.v0, at(first));
  store4<pixel_bytes>(rows.v1, at(first + 1));
  store4<pixel_bytes>(rows.v2, at(first + 2));
  store4<pixel_bytes>(rows.v3, at(first + 3));
}

/// Takes the filtered pixels of lanes that have not begun for 0, whereby all that such lanes make is 0, which is what
/// stands left of a picture. In a vector's first block one lane more begins in every step.
HWY_INLINE Square begin(const Square& filtered) {
  alignas(16) static constexpr std::uint32_t begun[4][lanes] = {
      {~0U, 0, 0, 0}, {~0U, ~0U, 0, 0}, {~0U, ~0U, ~0U, 0}, {~0U, ~0U, ~0U, ~0U}};
  const auto mask = [](int step) HWY_ATTR { return hn::BitCast(bytes16, hn::Load(lanes4, begun[step])); };
  return {hn::And(filtered.v0, mask(0)), hn::And(filtered.v1, mask(1)), hn::And(filtered.v2, mask(2)),
          hn::And(filtered.v3, mask(3))};
}

template <std::size_t pixel_bytes, bool with_average>
void run_group(const Group& group) {
  const Bytes16 zero = hn::Zero(bytes16);
  Chain upper{zero, zero};
  Chain lower{zero, zero};
  const auto step = [&](Bytes16 filtered, Bytes16 above_top, Bytes16 filtered_lower, Bytes16& made, Bytes16& made_lower)
                        HWY_ATTR {
                          const Bytes16 upper_before = upper.made;
                          advance<with_average>(upper, filtered, above_top, group.upper);
                          advance<with_average>(lower, filtered_lower, upper_before, group.lower);
                          made = upper.made;
                          made_lower = lower.made;
                        };
  // The last row's last pixel is made in step width - 1 + 7; what is made outside of the rows goes into their margins.
  const std::ptrdiff_t steps = group.width + static_cast<std::ptrdiff_t>(together) - 1;
  for (std::ptrdiff_t x = 0; x < steps; x += block) {
    const Bytes16 above = load4<pixel_bytes>(group.above + x * static_cast<std::ptrdiff_t>(pixel_bytes));
    Square in = load_rows<pixel_bytes>(group, 0, x);
    Square in_lower = load_rows<pixel_bytes>(group, lanes, x);
    if (HWY_UNLIKELY(x == 0)) {
      in = begin(in);
      in_lower = {zero, zero, zero, zero};
    } else if (HWY_UNLIKELY(x == block)) {
      in_lower = begin(in_lower);
    }
    Square out, out_lower;
    step(in.v0, hn::ShiftLeftBytes<12>(bytes16, above), in_lower.v0, out.v0, out_lower.v0);
    step(in.v1, hn::ShiftLeftBytes<8>(bytes16, above), in_lower.v1, out.v1, out_lower.v1);
    step(in.v2, hn::ShiftLeftBytes<4>(bytes16, above), in_lower.v2, out.v2, out_lower.v2);
    step(in.v3, above, in_lower.v3, out.v3, out_lower.v3);
    store_rows<pixel_bytes>(group, 0, x, out);
    store_rows<pixel_bytes>(group, lanes, x, out_lower);
  }
}

enum Filter : std::uint8_t { none, sub, up, average, paeth };

Masks masks_of(const std::uint8_t* filters) {
  alignas(16) std::uint32_t masks[4][lanes];
  for (std::uint32_t lane = 0; lane < lanes; ++lane) {
    const std::uint8_t filter = filters[lane];
    masks[0][lane] = filter == sub || filter == paeth ? ~0U : 0;
    masks[1][lane] = filter == up || filter == paeth ? ~0U : 0;
    masks[2][lane] = filter == paeth ? ~0U : 0;
    masks[3][lane] = filter == average ? ~0U : 0;
  }
  const auto load = [&](int which) HWY_ATTR { return hn::BitCast(bytes16, hn::Load(lanes4, masks[which])); };
  return {load(0), load(1), load(2), load(3)};
}

/// Runs the next rows together, at most eight. Result: how many.
template <std::size_t pixel_bytes>
std::uint32_t run_together(const FilteredRows& rows) {
  const std::uint32_t count = std::min(rows.count, together);
  std::array<std::uint8_t, together> filters{};
  Group group;
  group.above = rows.above;
  group.width = static_cast<std::ptrdiff_t>(rows.row_bytes / pixel_bytes);
  bool with_average = false;
  for (std::uint32_t y = 0; y < together; ++y) {
    // A row that is not there is like the last one, which Up and zeros make it, and is written to the same place.
    const bool real = y < count;
    const std::uint8_t* const filtered = rows.filtered + y * (1 + rows.row_bytes);
    group.filtered[y] = real ? filtered + 1 : rows.zeros;
    group.out[y] = rows.rows + std::min(y, count - 1) * rows.stride_bytes;
    filters[y] = real ? *filtered : std::uint8_t{up};
    with_average = with_average || filters[y] == average;
  }
  group.upper = masks_of(filters.data());
  group.lower = masks_of(filters.data() + lanes);
  if (with_average) {
    run_group<pixel_bytes, true>(group);
  } else {
    run_group<pixel_bytes, false>(group);
  }
  return count;
}

/// A row of None or Up: nothing waits for anything.
void run_alone(const FilteredRows& rows) {
  const std::uint8_t* const filtered = rows.filtered + 1;
  if (*rows.filtered == none) {
    std::memcpy(rows.rows, filtered, rows.row_bytes);
    return;
  }
  const hn::ScalableTag<std::uint8_t> wide;
  const std::size_t step = hn::Lanes(wide);
  std::size_t i = 0;
  for (; i + step <= rows.row_bytes; i += step) {
    hn::StoreU(hn::Add(hn::LoadU(wide, filtered + i), hn::LoadU(wide, rows.above + i)), wide, rows.rows + i);
  }
  for (; i < rows.row_bytes; ++i) rows.rows[i] = static_cast<std::uint8_t>(filtered[i] + rows.above[i]);
}

}  // namespace

void unfilter(const FilteredRows& all) {
  FilteredRows rows = all;
  while (rows.count > 0) {
    std::uint32_t done = 1;
    if (*rows.filtered == none || *rows.filtered == up) {
      run_alone(rows);
    } else if (rows.pixel_bytes == 4) {
      done = run_together<4>(rows);
    } else if (rows.pixel_bytes == 3) {
      done = run_together<3>(rows);
    } else {
      done = run_together<1>(rows);
    }
    rows.filtered += done * (1 + rows.row_bytes);
    rows.rows += done * rows.stride_bytes;
    rows.above = rows.rows - rows.stride_bytes;
    rows.count -= done;
  }
}
#endif
}  // namespace locket::codec::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace locket::codec {

HWY_EXPORT(unfilter);

void unfilter_vector(const FilteredRows& rows) { HWY_DYNAMIC_DISPATCH(unfilter)(rows); }

}  // namespace locket::codec
#endif
