#include "base/instruction_set.hpp"
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
// vectors of four lanes take turns, for either alone would leave the CPU waiting. Where vectors have 256 bits, sixteen
// rows go together: the upper halves of both follow the next eight rows.

namespace hn = hwy::HWY_NAMESPACE;

constexpr hn::Full128<std::uint8_t> bytes16;
constexpr hn::Full128<std::uint32_t> lanes4;
constexpr hn::Full128<std::uint64_t> lanes2;
using Bytes16 = hn::Vec<decltype(bytes16)>;

constexpr std::uint32_t lanes = 4;
constexpr std::uint32_t eight = 2 * lanes;
constexpr std::ptrdiff_t block = 4;  ///< pixels of a row that are loaded at once

/// The halves that vectors of bytes have, of 128 bits each.
template <class D>
constexpr std::uint32_t halves_of = hn::MaxLanes(D()) / hn::MaxLanes(bytes16);

/// So many rows go together.
template <class D>
constexpr std::uint32_t rows_of = halves_of<D> * eight;

/// The row that a lane of the vector whose first row is `first` follows.
constexpr std::size_t row_of(std::size_t first, std::size_t lane) {
  return first + lane % lanes + lane / lanes * eight;
}

/// Loads 4 neighbouring pixels, one a lane.
template <std::size_t pixel_bytes>
HWY_INLINE Bytes16 load4(const std::uint8_t* pixels) {
  if constexpr (pixel_bytes == 4) return hn::LoadU(bytes16, pixels);
  alignas(16) static constexpr std::uint8_t spread[16] = {0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 11};
  if constexpr (pixel_bytes == 3) return hn::TableLookupBytes(hn::LoadU(bytes16, pixels), hn::Load(bytes16, spread));
  if constexpr (pixel_bytes == 2) {
    std::uint64_t eight_bytes;
    std::memcpy(&eight_bytes, pixels, sizeof eight_bytes);
    alignas(16) static constexpr std::uint8_t widen[16] = {0, 1, 1, 1, 2, 3, 3, 3, 4, 5, 5, 5, 6, 7, 7, 7};
    return hn::TableLookupBytes(hn::BitCast(bytes16, hn::Set(lanes2, eight_bytes)), hn::Load(bytes16, widen));
  }
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
  } else if constexpr (pixel_bytes == 2) {
    alignas(16) static constexpr std::uint8_t narrow[16] = {0, 1, 4, 5, 8, 9, 12, 13, 0, 1, 4, 5, 8, 9, 12, 13};
    const auto narrowed = hn::TableLookupBytes(pixels, hn::Load(bytes16, narrow));
    const std::uint64_t eight_bytes = hn::GetLane(hn::BitCast(lanes2, narrowed));
    std::memcpy(out, &eight_bytes, sizeof eight_bytes);
  } else {
    alignas(16) static constexpr std::uint8_t narrow[16] = {0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12};
    const auto narrowed = hn::TableLookupBytes(pixels, hn::Load(bytes16, narrow));
    const std::uint32_t four = hn::GetLane(hn::BitCast(lanes4, narrowed));
    std::memcpy(out, &four, sizeof four);
  }
}

/// Four vectors: of pixels by row, or of rows by pixel.
template <class D>
struct Square {
  hn::Vec<D> v0, v1, v2, v3;
};

template <class D>
HWY_INLINE Square<D> transpose(const Square<D>& in) {
  const D d;
  const hn::Repartition<std::uint32_t, D> d32;
  const hn::Repartition<std::uint64_t, D> d64;
  const auto r0 = hn::BitCast(d32, in.v0);
  const auto r1 = hn::BitCast(d32, in.v1);
  const auto r2 = hn::BitCast(d32, in.v2);
  const auto r3 = hn::BitCast(d32, in.v3);
  const auto low_01 = hn::BitCast(d64, hn::InterleaveLower(d32, r0, r1));
  const auto high_01 = hn::BitCast(d64, hn::InterleaveUpper(d32, r0, r1));
  const auto low_23 = hn::BitCast(d64, hn::InterleaveLower(d32, r2, r3));
  const auto high_23 = hn::BitCast(d64, hn::InterleaveUpper(d32, r2, r3));
  return {hn::BitCast(d, hn::InterleaveLower(d64, low_01, low_23)),
          hn::BitCast(d, hn::InterleaveUpper(d64, low_01, low_23)),
          hn::BitCast(d, hn::InterleaveLower(d64, high_01, high_23)),
          hn::BitCast(d, hn::InterleaveUpper(d64, high_01, high_23))};
}

/// Which of its neighbours each row of a vector looks at: all bits of a lane or none.
template <class D>
struct Masks {
  hn::Vec<D> left, above, above_left, average;
};

/// The Paeth predictor in bytes. Sub, Up and None are the same with some neighbours taken for 0.
///
/// Of the smaller and the larger of left and above, `low` and `high`, the distances to the guess left + above - c are
/// max(0, high - c) and max(0, c - low) where c lies between them, and that of c itself is their difference. Where c
/// lies outside, one of the two is 0, and its neighbour is indeed the nearest. A tie between low and high means that
/// c is nearer still or all three are equal, so that which of them was left does not matter.
template <class V>
HWY_INLINE V nearest(V left, V above, V c) {
  const auto low = hn::Min(left, above);
  const auto high = hn::Max(left, above);
  const auto from_low = hn::SaturatedSub(high, c);
  const auto from_high = hn::SaturatedSub(c, low);
  const auto zero = hn::Zero(hn::DFromV<V>());
  const auto low_is_nearest = hn::Eq(hn::SaturatedSub(from_low, hn::SaturatedSub(from_high, from_low)), zero);
  const auto high_is_nearest = hn::Eq(hn::SaturatedSub(from_high, hn::SaturatedSub(from_low, from_high)), zero);
  return hn::IfThenElse(low_is_nearest, low, hn::IfThenElse(high_is_nearest, high, c));
}

/// One vector's rows: what was made in the step before, and what the rows above made in the one before that.
template <class D>
struct Chain {
  hn::Vec<D> made;
  hn::Vec<D> above_left;
};

/// One step: `filtered` are the rows' next pixels, `above_top` has in its top lanes what is above the first rows.
template <bool with_average, class D>
HWY_INLINE void advance(Chain<D>& chain, hn::Vec<D> filtered, hn::Vec<D> above_top, const Masks<D>& masks) {
  const D d;
  const auto above = hn::CombineShiftRightBytes<12>(d, chain.made, above_top);
  auto guess = nearest(hn::And(chain.made, masks.left), hn::And(above, masks.above),
                       hn::And(chain.above_left, masks.above_left));
  if constexpr (with_average) {
    const auto odd = hn::And(hn::Xor(chain.made, above), hn::Set(d, 1));
    const auto average = hn::Sub(hn::AverageRound(chain.made, above), odd);
    guess = hn::IfThenElse(hn::MaskFromVec(masks.average), average, guess);
  }
  chain.above_left = above;
  chain.made = hn::Add(filtered, guess);
}

/// The rows that go together; the masks are those of the two vectors.
template <class D>
struct Group {
  std::array<const std::uint8_t*, rows_of<D> > filtered;  ///< behind the filter byte
  std::array<std::uint8_t*, rows_of<D> > out;
  const std::uint8_t* above;
  std::ptrdiff_t width;
  Masks<D> upper, lower;
};

template <std::size_t pixel_bytes, class Pointers>
HWY_INLINE auto place_of(const Pointers& rows, std::size_t row, std::ptrdiff_t x) {
  return rows[row] + (x - static_cast<std::ptrdiff_t>(row)) * static_cast<std::ptrdiff_t>(pixel_bytes);
}

template <std::size_t pixel_bytes, class D>
HWY_INLINE hn::Vec<D> load_row(const Group<D>& group, std::size_t row, std::ptrdiff_t x) {
  const Bytes16 pixels = load4<pixel_bytes>(place_of<pixel_bytes>(group.filtered, row, x));
  if constexpr (halves_of<D> == 1) {
    return pixels;
  } else {
    return hn::Combine(D(), load4<pixel_bytes>(place_of<pixel_bytes>(group.filtered, row + eight, x)), pixels);
  }
}

template <std::size_t pixel_bytes, class D>
HWY_INLINE Square<D> load_rows(const Group<D>& group, std::size_t first, std::ptrdiff_t x) {
  return transpose<D>({load_row<pixel_bytes>(group, first, x), load_row<pixel_bytes>(group, first + 1, x),
                       load_row<pixel_bytes>(group, first + 2, x), load_row<pixel_bytes>(group, first + 3, x)});
}

template <std::size_t pixel_bytes, class D>
HWY_INLINE void store_row(const Group<D>& group, std::size_t row, std::ptrdiff_t x, hn::Vec<D> pixels) {
  if constexpr (halves_of<D> == 1) {
    store4<pixel_bytes>(pixels, place_of<pixel_bytes>(group.out, row, x));
  } else {
    store4<pixel_bytes>(hn::LowerHalf(bytes16, pixels), place_of<pixel_bytes>(group.out, row, x));
    store4<pixel_bytes>(hn::UpperHalf(bytes16, pixels), place_of<pixel_bytes>(group.out, row + eight, x));
  }
}

template <std::size_t pixel_bytes, class D>
HWY_INLINE void store_rows(const Group<D>& group, std::size_t first, std::ptrdiff_t x, const Square<D>& made) {
  const Square<D> rows = transpose(made);
  store_row<pixel_bytes>(group, first, x, rows.v0);
  store_row<pixel_bytes>(group, first + 1, x, rows.v1);
  store_row<pixel_bytes>(group, first + 2, x, rows.v2);
  store_row<pixel_bytes>(group, first + 3, x, rows.v3);
}

/// Takes the filtered pixels of lanes that have not begun for 0, whereby all that such lanes make is 0, which is what
/// stands left of a picture. In every step one lane more begins.
template <class D>
Square<D> begin(const Square<D>& filtered, std::size_t first, std::ptrdiff_t x) {
  const D d;
  const hn::Repartition<std::uint32_t, D> d32;
  const auto mask = [&](std::ptrdiff_t step) HWY_ATTR {
    alignas(32) std::uint32_t begun[hn::MaxLanes(d32)];
    for (std::size_t lane = 0; lane < hn::MaxLanes(d32); ++lane) {
      begun[lane] = row_of(first, lane) <= static_cast<std::size_t>(x + step) ? ~0U : 0;
    }
    return hn::BitCast(d, hn::Load(d32, begun));
  };
  return {hn::And(filtered.v0, mask(0)), hn::And(filtered.v1, mask(1)), hn::And(filtered.v2, mask(2)),
          hn::And(filtered.v3, mask(3))};
}

/// What is above the first rows of the upper vector: for those of its upper half the last row of the lower vector's
/// lower half.
template <class D>
HWY_INLINE hn::Vec<D> above_upper(Bytes16 above_top, hn::Vec<D> lower) {
  if constexpr (halves_of<D> == 1) {
    return above_top;
  } else {
    return hn::Combine(D(), hn::LowerHalf(bytes16, lower), above_top);
  }
}

template <class D, std::size_t pixel_bytes, bool with_average>
void run_group(const Group<D>& group) {
  using Vector = hn::Vec<D>;
  const Vector zero = hn::Zero(D());
  Chain<D> upper{zero, zero};
  Chain<D> lower{zero, zero};
  const auto step = [&](Vector filtered, Bytes16 above_top, Vector filtered_lower, Vector& made, Vector& made_lower)
                        HWY_ATTR {
                          const Vector upper_before = upper.made;
                          const Vector above = above_upper<D>(above_top, lower.made);
                          advance<with_average>(upper, filtered, above, group.upper);
                          advance<with_average>(lower, filtered_lower, upper_before, group.lower);
                          made = upper.made;
                          made_lower = lower.made;
                        };
  // The last row's last pixel is made in the last step; what is made outside of the rows goes into their margins.
  const std::ptrdiff_t steps = group.width + static_cast<std::ptrdiff_t>(rows_of<D>) - 1;
  for (std::ptrdiff_t x = 0; x < steps; x += block) {
    const Bytes16 above = load4<pixel_bytes>(group.above + x * static_cast<std::ptrdiff_t>(pixel_bytes));
    Square<D> in = load_rows<pixel_bytes>(group, 0, x);
    Square<D> in_lower = load_rows<pixel_bytes>(group, lanes, x);
    if (HWY_UNLIKELY(x < static_cast<std::ptrdiff_t>(rows_of<D>))) {
      in = begin(in, 0, x);
      in_lower = begin(in_lower, lanes, x);
    }
    Square<D> out, out_lower;
    step(in.v0, hn::ShiftLeftBytes<12>(bytes16, above), in_lower.v0, out.v0, out_lower.v0);
    step(in.v1, hn::ShiftLeftBytes<8>(bytes16, above), in_lower.v1, out.v1, out_lower.v1);
    step(in.v2, hn::ShiftLeftBytes<4>(bytes16, above), in_lower.v2, out.v2, out_lower.v2);
    step(in.v3, above, in_lower.v3, out.v3, out_lower.v3);
    store_rows<pixel_bytes>(group, 0, x, out);
    store_rows<pixel_bytes>(group, lanes, x, out_lower);
  }
}

enum Filter : std::uint8_t { none, sub, up, average, paeth };

/// Whether a row has nothing that waits for the pixel to the left.
bool is_free(std::uint8_t filter) { return filter == none || filter == up; }

/// The masks of the vector whose first row is `first`.
template <class D>
Masks<D> masks_of(const std::array<std::uint8_t, rows_of<D> >& filters, std::size_t first) {
  const D d;
  const hn::Repartition<std::uint32_t, D> d32;
  alignas(32) std::uint32_t masks[4][hn::MaxLanes(d32)];
  for (std::size_t lane = 0; lane < hn::MaxLanes(d32); ++lane) {
    const std::uint8_t filter = filters[row_of(first, lane)];
    masks[0][lane] = filter == sub || filter == paeth ? ~0U : 0;
    masks[1][lane] = filter == up || filter == paeth ? ~0U : 0;
    masks[2][lane] = filter == paeth ? ~0U : 0;
    masks[3][lane] = filter == average ? ~0U : 0;
  }
  const auto load = [&](int which) HWY_ATTR { return hn::BitCast(d, hn::Load(d32, masks[which])); };
  return {load(0), load(1), load(2), load(3)};
}

/// Runs the next rows together, at most `rows_of<D>`. Result: how many.
template <class D, std::size_t pixel_bytes>
std::uint32_t run_together(const FilteredRows& rows) {
  constexpr std::uint32_t together = rows_of<D>;
  static_assert(together <= unfilter_rows_together);
  const std::uint32_t count = std::min(rows.count, together);
  std::array<std::uint8_t, together> filters{};
  Group<D> group;
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
  group.upper = masks_of<D>(filters, 0);
  group.lower = masks_of<D>(filters, lanes);
  if (with_average) {
    run_group<D, pixel_bytes, true>(group);
  } else {
    run_group<D, pixel_bytes, false>(group);
  }
  return count;
}

/// Runs the next rows together, as many as do not waste the width of a vector. Result: how many.
template <std::size_t pixel_bytes>
std::uint32_t run_some(const FilteredRows& rows) {
#if HWY_MAX_BYTES >= 32
  if (rows.count > eight && !is_free(rows.filtered[eight * (1 + rows.row_bytes)])) {
    return run_together<hn::Full256<std::uint8_t>, pixel_bytes>(rows);
  }
#endif
  return run_together<hn::Full128<std::uint8_t>, pixel_bytes>(rows);
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
    if (is_free(*rows.filtered)) {
      run_alone(rows);
    } else if (rows.pixel_bytes == 4) {
      done = run_some<4>(rows);
    } else if (rows.pixel_bytes == 3) {
      done = run_some<3>(rows);
    } else if (rows.pixel_bytes == 2) {
      done = run_some<2>(rows);
    } else {
      done = run_some<1>(rows);
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

constexpr auto unfilter_builds = LOCKET_VECTOR_BUILDS(unfilter);

void unfilter_vector(const FilteredRows& rows) { unfilter_builds.best()(rows); }

}  // namespace locket::codec
#endif
