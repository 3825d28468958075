#include "base/instruction_set.hpp"
#include "codec/row_filter.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/filter_vector.cpp"
#include <hwy/foreach_target.h>
// The order matters: foreach_target includes this file again for each set of instructions.
#include <hwy/highway.h>

#include <algorithm>

HWY_BEFORE_NAMESPACE();
namespace locket::codec::HWY_NAMESPACE {
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
// No vectors at all.
void filter_row(const FilterInput& input, std::uint8_t* out) { return filter_row_plain(input, out); }
#else
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// At most as wide as the margin that may be read and overwritten.
constexpr hn::CappedTag<std::uint8_t, filter_margin_bytes> bytes;
constexpr hn::Repartition<std::uint64_t, decltype(bytes)> sums;
using Bytes = hn::Vec<decltype(bytes)>;
using Sums = hn::Vec<decltype(sums)>;

/// A vector of bytes of the row with their neighbours.
struct Around {
  Bytes value, left, above, above_left;
};

HWY_INLINE Around load(const FilterInput& input, std::size_t x) {
  const std::uint8_t* const row = input.row + x;
  const std::uint8_t* const above = input.above + x;
  return {hn::LoadU(bytes, row), hn::LoadU(bytes, row - input.pixel_bytes), hn::LoadU(bytes, above),
          hn::LoadU(bytes, above - input.pixel_bytes)};
}

HWY_INLINE Bytes average_of(Bytes left, Bytes above) {
  return hn::Sub(hn::AverageRound(left, above), hn::And(hn::Xor(left, above), hn::Set(bytes, 1)));
}

/// The Paeth predictor in bytes. The distances to the guess left + above - c are |above - c| of left, |left - c| of
/// above, and of c their difference where c lies between the two. Elsewhere c is the farthest, or as far as another.
HWY_INLINE Bytes paeth_of(Bytes left, Bytes above, Bytes c) {
  const Bytes low = hn::Min(left, above);
  const Bytes high = hn::Max(left, above);
  const Bytes from_low = hn::SaturatedSub(high, c);
  const Bytes from_high = hn::SaturatedSub(c, low);
  const Bytes zero = hn::Zero(bytes);
  const auto low_is_nearest = hn::Eq(hn::SaturatedSub(from_low, hn::SaturatedSub(from_high, from_low)), zero);
  const auto high_is_nearest = hn::Eq(hn::SaturatedSub(from_high, hn::SaturatedSub(from_low, from_high)), zero);
  return hn::IfThenElse(low_is_nearest, low, hn::IfThenElse(high_is_nearest, high, c));
}

template <RowFilter filter>
HWY_INLINE Bytes filtered(const Around& around) {
  if constexpr (filter == RowFilter::sub) return hn::Sub(around.value, around.left);
  if constexpr (filter == RowFilter::up) return hn::Sub(around.value, around.above);
  if constexpr (filter == RowFilter::average) return hn::Sub(around.value, average_of(around.left, around.above));
  if constexpr (filter == RowFilter::paeth) {
    return hn::Sub(around.value, paeth_of(around.left, around.above, around.above_left));
  }
  return around.value;
}

/// The absolute values of signed bytes, added up by eights.
HWY_INLINE Sums magnitude(Bytes signed_bytes) {
  return hn::SumsOf8(hn::Min(signed_bytes, hn::Sub(hn::Zero(bytes), signed_bytes)));
}

struct Costs {
  Sums none, sub, up, average, paeth;
};

/// `keep` takes away what does not belong to the row.
template <class Keep>
HWY_INLINE void add_costs(Costs& costs, const Around& around, Keep keep) {
  costs.none = hn::Add(costs.none, magnitude(keep(filtered<RowFilter::none>(around))));
  costs.sub = hn::Add(costs.sub, magnitude(keep(filtered<RowFilter::sub>(around))));
  costs.up = hn::Add(costs.up, magnitude(keep(filtered<RowFilter::up>(around))));
  costs.average = hn::Add(costs.average, magnitude(keep(filtered<RowFilter::average>(around))));
  costs.paeth = hn::Add(costs.paeth, magnitude(keep(filtered<RowFilter::paeth>(around))));
}

HWY_INLINE std::uint64_t total_of(Sums parts) { return hn::GetLane(hn::SumOfLanes(sums, parts)); }

RowFilter cheapest_filter(const FilterInput& input) {
  const std::size_t step = hn::Lanes(bytes);
  const Sums zero = hn::Zero(sums);
  Costs costs{zero, zero, zero, zero, zero};
  std::size_t x = 0;
  for (; x + step <= input.row_bytes; x += step) {
    add_costs(costs, load(input, x), [](Bytes all) HWY_ATTR { return all; });
  }
  if (x < input.row_bytes) {
    const auto inside = hn::FirstN(bytes, input.row_bytes - x);
    add_costs(costs, load(input, x), [&](Bytes all) HWY_ATTR { return hn::IfThenElseZero(inside, all); });
  }
  const std::uint64_t totals[row_filter_count] = {total_of(costs.none), total_of(costs.sub), total_of(costs.up),
                                                  total_of(costs.average), total_of(costs.paeth)};
  return static_cast<RowFilter>(std::min_element(totals, totals + row_filter_count) - totals);
}

template <RowFilter filter>
void apply(const FilterInput& input, std::uint8_t* out) {
  for (std::size_t x = 0; x < input.row_bytes; x += hn::Lanes(bytes)) {
    hn::StoreU(filtered<filter>(load(input, x)), bytes, out + x);
  }
}

}  // namespace

void filter_row(const FilterInput& input, std::uint8_t* out) {
  const RowFilter filter = cheapest_filter(input);
  *out++ = static_cast<std::uint8_t>(filter);
  switch (filter) {
    case RowFilter::none: return apply<RowFilter::none>(input, out);
    case RowFilter::sub: return apply<RowFilter::sub>(input, out);
    case RowFilter::up: return apply<RowFilter::up>(input, out);
    case RowFilter::average: return apply<RowFilter::average>(input, out);
    case RowFilter::paeth: return apply<RowFilter::paeth>(input, out);
  }
}
#endif
}  // namespace locket::codec::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace locket::codec {

constexpr auto filter_row_builds = LOCKET_VECTOR_BUILDS(filter_row);

void filter_row_vector(const FilterInput& input, std::uint8_t* out) noexcept { filter_row_builds.best()(input, out); }

}  // namespace locket::codec
#endif
