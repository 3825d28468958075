#include <algorithm>
#include <cstring>

#include "base/instruction_set.hpp"
#include "raster/aligned_samples.hpp"
#include "raster/light_encoder.hpp"
#include "raster/row_kernels.hpp"
#include "raster/transfer.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "raster/vector_kernels.cpp"
#include <hwy/foreach_target.h>
// What follows is compiled once for each instruction set.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace locket::raster::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR || HWY_HAVE_SCALABLE

/// The kernels of a CPU without vectors of a known length.
const RowKernels& target_kernels() { return plain_kernels(); }

#else

namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Wide = hn::ScalableTag<std::int16_t>;
using WideSums = hn::RepartitionToWide<Wide>;
using Bytes8 = hn::Repartition<std::uint8_t, Wide>;
using HalfBytes = hn::Half<Bytes8>;

/// A column of a block: up to eight sums of 32 bits, whatever wider vectors there are.
using Column = hn::CappedTag<std::int16_t, 2 * band_rows>;
using ColumnSums = hn::RepartitionToWide<Column>;

/// Four pairs of columns, of a row or of a block.
using Quad = hn::FixedTag<std::uint32_t, 4>;
using QuadHalves = hn::RepartitionToWide<Quad>;

HWY_INLINE bool is_opaque(const std::uint8_t* row, std::size_t pixels) {
  const Bytes8 d8;
  const hn::Repartition<std::uint32_t, Bytes8> d32;
  auto all = hn::Set(d32, 0xffffffffU);
  std::size_t at = 0;
  for (; at + hn::Lanes(d32) <= pixels; at += hn::Lanes(d32)) {
    all = hn::And(all, hn::BitCast(d32, hn::LoadU(d8, row + 4 * at)));
  }
  if (!hn::AllTrue(d32, hn::Eq(hn::ShiftRight<24>(all), hn::Set(d32, 255)))) return false;
  for (; at < pixels; ++at) {
    if (row[4 * at + 3] != 255) return false;
  }
  return true;
}

/// What `linear_at` gives, for whole vectors.
template <class V>
HWY_INLINE V linear_of(V sample) {
  const Wide d;
  const V srgb = hn::ShiftLeft<7>(sample);
  V value = hn::Set(d, linear_polynomial.back());
  for (std::size_t power = linear_polynomial.size() - 1; power-- > 0;) {
    value = hn::Add(hn::MulFixedPoint15(value, srgb), hn::Set(d, linear_polynomial[power]));
  }
  const V straight = hn::MulFixedPoint15(srgb, hn::Set(d, linear_slope));
  return hn::IfThenElse(hn::Gt(srgb, hn::Set(d, linear_straight)), value, straight);
}

template <class V>
HWY_INLINE V premultiplied(V linear, V alpha) {
  const Wide d;
  const V absent = hn::Sub(hn::Set(d, 255), alpha);
  const V absence = hn::Add(hn::ShiftLeft<7>(absent), hn::ShiftRight<1>(absent));
  return hn::IfThenZeroElse(hn::Eq(alpha, hn::Zero(d)), hn::Sub(linear, hn::MulFixedPoint15(linear, absence)));
}

/// The samples of one channel, half a vector of bytes of each row, as the row pairs of this set: within each group of
/// as many columns as a vector has, those of the lower halves of its 128-bit blocks come first.
template <class V>
HWY_INLINE void store_pairs(V upper, V lower, std::int16_t* pairs) {
  const Wide d;
  hn::StoreU(hn::InterleaveLower(d, upper, lower), d, pairs);
  hn::StoreU(hn::InterleaveUpper(d, upper, lower), d, pairs + hn::Lanes(d));
}

template <class V8>
HWY_INLINE void linearise_opaque(V8 upper, V8 lower, std::int16_t* pairs) {
  const Wide d;
  const HalfBytes half;
  store_pairs(linear_of(hn::PromoteTo(d, hn::LowerHalf(half, upper))),
              linear_of(hn::PromoteTo(d, hn::LowerHalf(half, lower))), pairs);
  store_pairs(linear_of(hn::PromoteTo(d, hn::UpperHalf(half, upper))),
              linear_of(hn::PromoteTo(d, hn::UpperHalf(half, lower))), pairs + 2 * hn::Lanes(d));
}

template <class VHalf>
HWY_INLINE auto translucent(VHalf colour, VHalf alpha) {
  const Wide d;
  return premultiplied(linear_of(hn::PromoteTo(d, colour)), hn::PromoteTo(d, alpha));
}

template <class V8>
HWY_INLINE void linearise_translucent(V8 upper, V8 lower, V8 upper_alpha, V8 lower_alpha, std::int16_t* pairs) {
  const Wide d;
  const HalfBytes half;
  store_pairs(translucent(hn::LowerHalf(half, upper), hn::LowerHalf(half, upper_alpha)),
              translucent(hn::LowerHalf(half, lower), hn::LowerHalf(half, lower_alpha)), pairs);
  store_pairs(translucent(hn::UpperHalf(half, upper), hn::UpperHalf(half, upper_alpha)),
              translucent(hn::UpperHalf(half, lower), hn::UpperHalf(half, lower_alpha)), pairs + 2 * hn::Lanes(d));
}

template <class V8>
HWY_INLINE void store_alpha(V8 upper, V8 lower, std::int16_t* pairs) {
  const Wide d;
  const HalfBytes half;
  const auto shifted = [&](auto alpha) { return hn::ShiftLeft<7>(hn::PromoteTo(d, alpha)); };
  store_pairs(shifted(hn::LowerHalf(half, upper)), shifted(hn::LowerHalf(half, lower)), pairs);
  store_pairs(shifted(hn::UpperHalf(half, upper)), shifted(hn::UpperHalf(half, lower)), pairs + 2 * hn::Lanes(d));
}

/// A whole vector of bytes of pixels of both rows.
HWY_INLINE void linearise_some(const std::uint8_t* upper, const std::uint8_t* lower, RowFormat format,
                               Planes<std::int16_t> to) {
  const Bytes8 d8;
  if (format == RowFormat::grey) return linearise_opaque(hn::LoadU(d8, upper), hn::LoadU(d8, lower), to.first);
  hn::Vec<Bytes8> red[2], green[2], blue[2], alpha[2];
  if (format == RowFormat::rgb) {
    hn::LoadInterleaved3(d8, upper, red[0], green[0], blue[0]);
    hn::LoadInterleaved3(d8, lower, red[1], green[1], blue[1]);
  } else {
    hn::LoadInterleaved4(d8, upper, red[0], green[0], blue[0], alpha[0]);
    hn::LoadInterleaved4(d8, lower, red[1], green[1], blue[1], alpha[1]);
  }
  if (to.channels == 3) {
    linearise_opaque(red[0], red[1], to.first);
    linearise_opaque(green[0], green[1], to.first + to.stride);
    linearise_opaque(blue[0], blue[1], to.first + 2 * to.stride);
    return;
  }
  linearise_translucent(red[0], red[1], alpha[0], alpha[1], to.first);
  linearise_translucent(green[0], green[1], alpha[0], alpha[1], to.first + to.stride);
  linearise_translucent(blue[0], blue[1], alpha[0], alpha[1], to.first + 2 * to.stride);
  store_alpha(alpha[0], alpha[1], to.first + 3 * to.stride);
}

void linearise(const std::uint8_t* upper, const std::uint8_t* lower, RowFormat format, std::size_t pixels,
               Planes<std::int16_t> pairs) {
  const std::size_t step = hn::Lanes(Bytes8());
  const std::size_t channels = channels_of(format);
  std::size_t at = 0;
  for (; at + step <= pixels; at += step) {
    linearise_some(upper + at * channels, lower + at * channels, format,
                   {pairs.first + 2 * at, pairs.stride, pairs.channels});
  }
  if (at == pixels) return;
  // Nothing beyond the rows may be read, but beyond the planes' samples there is room.
  std::uint8_t last[2][4 * plane_step] = {};
  std::memcpy(last[0], upper + at * channels, (pixels - at) * channels);
  std::memcpy(last[1], lower + at * channels, (pixels - at) * channels);
  linearise_some(last[0], last[1], format, {pairs.first + 2 * at, pairs.stride, pairs.channels});
}

void pair_up(const std::int16_t* upper, const std::int16_t* lower, std::size_t samples, std::int16_t* pairs) {
  const Wide d;
  for (std::size_t at = 0; at < samples; at += hn::Lanes(d)) {
    store_pairs(hn::LoadU(d, upper + at), hn::LoadU(d, lower + at), pairs + 2 * at);
  }
}

/// The sums of neighbouring products, on and on. Highway leaves open which of two sums a product is added to until they
/// are put in order at the end.
template <class Samples>
class PairSums {
 public:
  using Sums = hn::RepartitionToWide<Samples>;

  HWY_INLINE explicit PairSums(std::int32_t rounding) : first_(hn::Set(Sums(), rounding)), second_(hn::Zero(Sums())) {}

  HWY_INLINE void add(hn::Vec<Samples> samples, hn::Vec<Samples> weights) {
    first_ = hn::ReorderWidenMulAccumulate(Sums(), samples, weights, first_, second_);
  }

  HWY_INLINE hn::Vec<Sums> shifted(std::uint32_t shift) const {
    return hn::ShiftRightSame(hn::RearrangeToOddPlusEven(first_, second_), static_cast<int>(shift));
  }

 private:
  hn::Vec<Sums> first_;
  hn::Vec<Sums> second_;
};

void blend(const std::int16_t* const* pairs, const Taps& taps, std::int32_t rounding, std::size_t offset,
           std::size_t samples, std::int16_t* row) {
  const Wide d;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t at = offset; at < offset + samples; at += 2 * lanes, row += 2 * lanes) {
    PairSums<Wide> one(rounding), two(rounding), three(rounding), four(rounding);
    for (std::size_t pair = 0; pair < taps.weights.size(); ++pair) {
      const auto weights = hn::BitCast(d, hn::Set(WideSums(), taps.weights[pair]));
      const std::int16_t* from = pairs[pair] + 2 * at;
      one.add(hn::LoadU(d, from), weights);
      two.add(hn::LoadU(d, from + lanes), weights);
      three.add(hn::LoadU(d, from + 2 * lanes), weights);
      four.add(hn::LoadU(d, from + 3 * lanes), weights);
    }
    const std::uint32_t shift = taps.shift;
    hn::StoreU(hn::ReorderDemote2To(d, one.shifted(shift), two.shifted(shift)), d, row);
    hn::StoreU(hn::ReorderDemote2To(d, three.shifted(shift), four.shifted(shift)), d, row + lanes);
  }
}

struct QuadRows {
  hn::Vec<Quad> rows[4];
};

/// Rows become columns.
HWY_INLINE QuadRows transposed(const QuadRows& from) {
  const Quad d;
  const QuadHalves halves;
  const auto low = [&](auto one, auto other) { return hn::BitCast(halves, hn::InterleaveLower(d, one, other)); };
  const auto high = [&](auto one, auto other) { return hn::BitCast(halves, hn::InterleaveUpper(d, one, other)); };
  const auto low_01 = low(from.rows[0], from.rows[1]);
  const auto low_23 = low(from.rows[2], from.rows[3]);
  const auto high_01 = high(from.rows[0], from.rows[1]);
  const auto high_23 = high(from.rows[2], from.rows[3]);
  return {{hn::BitCast(d, hn::InterleaveLower(halves, low_01, low_23)),
           hn::BitCast(d, hn::InterleaveUpper(halves, low_01, low_23)),
           hn::BitCast(d, hn::InterleaveLower(halves, high_01, high_23)),
           hn::BitCast(d, hn::InterleaveUpper(halves, high_01, high_23))}};
}

HWY_INLINE QuadRows load_quad(const std::int16_t* from, std::size_t stride) {
  const hn::Repartition<std::int16_t, Quad> d16;
  const Quad d;
  QuadRows quad;
  for (std::size_t row = 0; row < 4; ++row) quad.rows[row] = hn::BitCast(d, hn::LoadU(d16, from + row * stride));
  return quad;
}

HWY_INLINE void store_quad(const QuadRows& quad, std::int16_t* to, std::size_t stride) {
  const hn::Repartition<std::int16_t, Quad> d16;
  for (std::size_t row = 0; row < 4; ++row) hn::StoreU(hn::BitCast(d16, quad.rows[row]), d16, to + row * stride);
}

void to_block(const std::int16_t* rows, std::size_t stride, std::size_t samples, std::int16_t* block) {
  for (std::size_t at = 0; at < samples; at += 8) {
    store_quad(transposed(load_quad(rows + at, stride)), block + at * band_rows, 2 * band_rows);
    store_quad(transposed(load_quad(rows + 4 * stride + at, stride)), block + at * band_rows + band_rows,
               2 * band_rows);
  }
}

void from_block(const std::int16_t* block, std::size_t samples, std::int16_t* rows, std::size_t stride) {
  for (std::size_t at = 0; at < samples; at += 8) {
    store_quad(transposed(load_quad(block + at * band_rows, 2 * band_rows)), rows + at, stride);
    store_quad(transposed(load_quad(block + at * band_rows + band_rows, 2 * band_rows)), rows + 4 * stride + at,
               stride);
  }
}

/// What one column comes to in each plane. All planes together: a weight is made ready once for them.
template <std::uint32_t channels>
class ColumnOfPlanes {
 public:
  HWY_INLINE ColumnOfPlanes(Planes<const std::int16_t> block, std::size_t part, const Taps& taps)
      : sums_{start(taps), start(taps), start(taps), start(taps)}, shift_(taps.shift) {
    const Column d;
    const std::int16_t* from = block.first + part + std::size_t{taps.first_pair} * 2 * band_rows;
    for (const std::int32_t pair : taps.weights) {
      const auto weights = hn::BitCast(d, hn::Set(ColumnSums(), pair));
      for (std::uint32_t channel = 0; channel < channels; ++channel) {
        sums_[channel].add(hn::LoadU(d, from + channel * block.stride), weights);
      }
      from += 2 * band_rows;
    }
  }

  HWY_INLINE hn::Vec<ColumnSums> of(std::uint32_t channel) const { return sums_[channel].shifted(shift_); }

 private:
  static HWY_INLINE PairSums<Column> start(const Taps& taps) { return PairSums<Column>(blend_rounding(taps.shift, 0)); }

  PairSums<Column> sums_[4];
  std::uint32_t shift_;
};

template <std::uint32_t channels>
void scale_planes(Planes<const std::int16_t> block, const TapTable& table, Planes<std::int16_t> scaled) {
  const Column d;
  for (std::size_t at = 0; at < table.size(); at += 2) {
    const Taps left = table.at(at);
    const Taps right = table.at(std::min(at + 1, table.size() - 1));
    for (std::size_t part = 0; part < 2 * band_rows; part += hn::Lanes(d)) {
      const ColumnOfPlanes<channels> left_column(block, part, left);
      const ColumnOfPlanes<channels> right_column(block, part, right);
      for (std::uint32_t channel = 0; channel < channels; ++channel) {
        // Saturated, each 128-bit block holds four left sums and then four right ones.
        const auto both = hn::ReorderDemote2To(d, left_column.of(channel), right_column.of(channel));
        hn::StoreU(hn::InterleaveLower(d, both, hn::ShiftRightBytes<8>(d, both)), d,
                   scaled.first + channel * scaled.stride + at * band_rows + part);
      }
    }
  }
}

void scale(Planes<const std::int16_t> block, const TapTable& table, Planes<std::int16_t> scaled) {
  switch (block.channels) {
    case 1: return scale_planes<1>(block, table, scaled);
    case 3: return scale_planes<3>(block, table, scaled);
    default: return scale_planes<4>(block, table, scaled);
  }
}

/// Linear light, neither below 0 nor above `linear_one`, of one `plane_step` of a row.
HWY_INLINE void clamp_some(const std::int16_t* biased, std::uint16_t* light) {
  const Wide d;
  const hn::Repartition<std::uint16_t, Wide> unsigned_d;
  const auto least = hn::Set(d, std::int16_t{-linear_bias});
  const auto most = hn::Set(d, std::int16_t{linear_one - linear_bias});
  for (std::size_t at = 0; at < plane_step; at += hn::Lanes(d)) {
    const auto clamped = hn::Min(hn::Max(hn::LoadU(d, biased + at), least), most);
    hn::StoreU(hn::BitCast(unsigned_d, hn::Sub(clamped, least)), unsigned_d, light + at);
  }
}

void encode(Planes<const std::int16_t> row, std::size_t pixels, RowFormat format, std::uint8_t* samples) {
  std::uint16_t light[4][plane_step];
  for (std::size_t at = 0; at < pixels; at += plane_step) {
    const std::size_t some = std::min(plane_step, pixels - at);
    for (std::size_t channel = 0; channel < row.channels; ++channel) {
      clamp_some(row.first + channel * row.stride + at, light[channel]);
    }
    encode_light({&light[0][0], plane_step, row.channels}, some, format, samples + at * channels_of(format));
  }
}

}  // namespace

/// The kernels of one instruction set.
const RowKernels& target_kernels() {
  static constexpr RowKernels kernels{is_opaque, linearise, pair_up, blend, to_block, from_block, scale, encode};
  return kernels;
}

#endif

}  // namespace locket::raster::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace locket::raster {
namespace {

constexpr auto target_kernels_builds = LOCKET_VECTOR_BUILDS(target_kernels);

}  // namespace

const RowKernels& vector_kernels() noexcept { return target_kernels_builds.best()(); }

}  // namespace locket::raster
#endif
