#include "base/instruction_set.hpp"
#include "codec/jpeg_transform.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/jpeg_transform_vector.cpp"
#include <hwy/foreach_target.h>
// The order matters: foreach_target includes this file again for each set of instructions.
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace locket::codec::HWY_NAMESPACE {
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128 || !HWY_ARCH_X86
// Multiplying pairs and adding them up is one step of x86 alone.
JpegTransforms transforms(ChromaSampling sampling) { return plain_jpeg_transforms(sampling); }
#else
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr hn::CappedTag<std::int16_t, BlockFour::row_stride> words;
constexpr hn::RepartitionToWide<decltype(words)> sums;
constexpr hn::Repartition<std::uint8_t, decltype(words)> bytes;
constexpr hn::Rebind<std::uint16_t, decltype(words)> unsigned_words;
constexpr hn::Rebind<std::uint8_t, decltype(words)> half_bytes;
constexpr hn::Rebind<std::int8_t, decltype(words)> half_signed;
using Words = hn::Vec<decltype(words)>;
using Sums = hn::Vec<decltype(sums)>;
constexpr std::size_t word_lanes = hn::MaxLanes(words);

/// Sums of 32 bits for the two halves of each 128 bits of a vector of words.
struct Wide {
  Sums low, high;
};

HWY_INLINE Wide operator+(Wide a, Wide b) { return {hn::Add(a.low, b.low), hn::Add(a.high, b.high)}; }
HWY_INLINE Wide operator-(Wide a, Wide b) { return {hn::Sub(a.low, b.low), hn::Sub(a.high, b.high)}; }

/// a * first + b * second.
template <std::int16_t first, std::int16_t second>
HWY_INLINE Wide product(Words a, Words b) {
  constexpr std::int32_t both =
      static_cast<std::int32_t>(static_cast<std::uint32_t>(second) << 16 | static_cast<std::uint16_t>(first));
  const Words factors = hn::BitCast(words, hn::Set(sums, both));
  Sums unused = hn::Zero(sums);
  return {hn::ReorderWidenMulAccumulate(sums, hn::InterleaveLower(words, a, b), factors, hn::Zero(sums), unused),
          hn::ReorderWidenMulAccumulate(sums, hn::InterleaveUpper(words, a, b), factors, hn::Zero(sums), unused)};
}

/// Times 8192.
HWY_INLINE Wide scaled(Words value) {
  const Words zero = hn::Zero(words);
  return {hn::ShiftRight<3>(hn::BitCast(sums, hn::InterleaveLower(words, zero, value))),
          hn::ShiftRight<3>(hn::BitCast(sums, hn::InterleaveUpper(words, zero, value)))};
}

template <int shift>
HWY_INLINE Words narrowed(Wide wide) {
  const Sums half = hn::Set(sums, 1 << (shift - 1));
  return hn::ReorderDemote2To(words, hn::ShiftRight<shift>(hn::Add(wide.low, half)),
                              hn::ShiftRight<shift>(hn::Add(wide.high, half)));
}

/// Eight columns, or rows, of each block at once: `transform8` of the plain kernel. Of a `corner` the upper
/// four of the eight are zero and not looked at.
template <int shift, bool corner>
HWY_INLINE void transform(Words (&v)[8]) {
  const Words zero = hn::Zero(words);
  const Words four = corner ? zero : v[4];
  const Words five = corner ? zero : v[5];
  const Words six = corner ? zero : v[6];
  const Words seven = corner ? zero : v[7];
  const Wide sum = scaled(corner ? v[0] : hn::Add(v[0], four));
  const Wide difference = corner ? sum : scaled(hn::Sub(v[0], four));
  const Wide low = product<4433, -10704>(v[2], six);
  const Wide high = product<10703, 4433>(v[2], six);
  const Wide even[4] = {sum + high, difference + low, difference - low, sum - high};

  const Words a = corner ? v[3] : hn::Add(seven, v[3]);
  const Words b = corner ? v[1] : hn::Add(five, v[1]);
  const Wide c = product<-6436, 9633>(a, b);
  const Wide d = product<9633, 6437>(a, b);
  const Wide odd[4] = {product<4926, -7373>(v[1], seven) + d, product<4177, -20995>(v[3], five) + c,
                       product<-4176, -20995>(five, v[3]) + d, product<-4927, -7373>(seven, v[1]) + c};
  for (std::size_t i = 0; i < 4; ++i) {
    v[i] = narrowed<shift>(even[i] + odd[i]);
    v[7 - i] = narrowed<shift>(even[i] - odd[i]);
  }
}

/// Makes columns of the rows of each block.
HWY_INLINE void transpose(Words (&v)[8]) {
  constexpr hn::Repartition<std::uint64_t, decltype(words)> fours;
  const auto pair = [](Words a, Words b, Words& lower, Words& upper) HWY_ATTR {
    lower = hn::InterleaveLower(words, a, b);
    upper = hn::InterleaveUpper(words, a, b);
  };
  Words one[8];
  for (std::size_t i = 0; i < 4; ++i) pair(v[2 * i], v[2 * i + 1], one[2 * i], one[2 * i + 1]);
  Words two[8];
  for (std::size_t half = 0; half < 2; ++half) {
    for (std::size_t side = 0; side < 2; ++side) {
      const Sums upper = hn::BitCast(sums, one[4 * half + side]);
      const Sums lower = hn::BitCast(sums, one[4 * half + 2 + side]);
      two[4 * half + 2 * side] = hn::BitCast(words, hn::InterleaveLower(sums, upper, lower));
      two[4 * half + 2 * side + 1] = hn::BitCast(words, hn::InterleaveUpper(sums, upper, lower));
    }
  }
  for (std::size_t i = 0; i < 4; ++i) {
    const auto upper = hn::BitCast(fours, two[i]);
    const auto lower = hn::BitCast(fours, two[4 + i]);
    v[2 * i] = hn::BitCast(words, hn::InterleaveLower(fours, upper, lower));
    v[2 * i + 1] = hn::BitCast(words, hn::InterleaveUpper(fours, upper, lower));
  }
}

template <bool corner>
HWY_INLINE void transform_blocks(const std::int16_t* coefficients, std::uint8_t* out, std::size_t stride_bytes) {
  constexpr std::size_t side = BlockFour::side;
  Words v[side];
  for (std::size_t y = 0; y < (corner ? side / 2 : side); ++y) {
    v[y] = hn::Load(words, coefficients + y * BlockFour::row_stride);
  }
  transform<11, corner>(v);
  transpose(v);
  transform<18, corner>(v);
  transpose(v);
  for (std::size_t y = 0; y < side; ++y) {
    const auto samples = hn::BitCast(half_bytes, hn::DemoteTo(half_signed, v[y]));
    hn::StoreU(hn::Xor(samples, hn::Set(half_bytes, 128)), half_bytes, out + y * stride_bytes);
  }
}

/// Each block is of one value: what the two halves of the transform make of its first coefficient.
HWY_INLINE void fill_blocks(const BlockFour& four, std::uint8_t* out, std::size_t stride_bytes) {
  std::uint8_t row[BlockFour::row_stride];
  for (std::size_t block = 0; block < BlockFour::blocks; ++block) {
    const int first = four.coefficients[block * BlockFour::side];
    const int half_way = std::clamp(first * 4, -32768, 32767);
    const int sample = std::clamp((half_way + 16) >> 5, -128, 127) + 128;
    std::memset(row + block * BlockFour::side, sample, BlockFour::side);
  }
  for (std::size_t y = 0; y < BlockFour::side; ++y) std::memcpy(out + y * stride_bytes, row, sizeof row);
}

void inverse(const BlockFour& four, std::uint8_t* out, std::size_t stride_bytes) {
  constexpr std::uint8_t corner_places = 10;  // so many stand in the first four rows and columns before another does
  if (four.last == 0) return fill_blocks(four, out, stride_bytes);
  for (std::size_t x = 0; x < BlockFour::row_stride; x += word_lanes) {
    const std::int16_t* const coefficients = four.coefficients.data() + x;
    if (four.last < corner_places) {
      transform_blocks<true>(coefficients, out + x, stride_bytes);
    } else {
      transform_blocks<false>(coefficients, out + x, stride_bytes);
    }
  }
}

/// The samples of neighbouring pixels, those at even places and those at odd ones.
struct Pixels {
  Words even, odd;
};

HWY_INLINE Pixels load_pixels(const std::uint8_t* samples) {
  const Words both = hn::BitCast(words, hn::LoadU(bytes, samples));
  return {hn::And(both, hn::Set(words, 255)), hn::BitCast(words, hn::ShiftRight<8>(hn::BitCast(unsigned_words, both)))};
}

HWY_INLINE Words load_words(const std::uint8_t* samples) {
  return hn::PromoteTo(words, hn::LoadU(half_bytes, samples));
}

HWY_INLINE Words thrice(Words value) { return hn::Add(value, hn::Add(value, value)); }

/// Cb or Cr of the pixels from `x` on, around zero.
template <ChromaSampling sampling>
HWY_INLINE Pixels load_chroma(const YcbcrRow& row, std::size_t component, std::size_t x) {
  const Words middle = hn::Set(words, 128);
  Pixels pixels;
  if constexpr (sampling == ChromaSampling::full) {
    pixels = load_pixels(row.nearest[component] + x);
  } else if constexpr (sampling == ChromaSampling::half) {
    const std::uint8_t* const at = row.nearest[component] + x / 2;
    const Words here = thrice(load_words(at));
    pixels.even = hn::ShiftRight<2>(hn::Add(hn::Add(here, load_words(at - 1)), hn::Set(words, 1)));
    pixels.odd = hn::ShiftRight<2>(hn::Add(hn::Add(here, load_words(at + 1)), hn::Set(words, 2)));
  } else {
    const std::uint8_t* const nearest = row.nearest[component] + x / 2;
    const std::uint8_t* const second = row.second[component] + x / 2;
    const auto column = [&](std::ptrdiff_t i)
                            HWY_ATTR { return hn::Add(thrice(load_words(nearest + i)), load_words(second + i)); };
    const Words here = thrice(column(0));
    pixels.even = hn::ShiftRight<4>(hn::Add(hn::Add(here, column(-1)), hn::Set(words, 8)));
    pixels.odd = hn::ShiftRight<4>(hn::Add(hn::Add(here, column(1)), hn::Set(words, 7)));
  }
  return {hn::Sub(pixels.even, middle), hn::Sub(pixels.odd, middle)};
}

struct Rgb {
  Words red, green, blue;
};

/// value * factor / 65536, rounded; the factor is below a half.
HWY_INLINE Words share(Words value, std::int16_t factor) {
  const Words twice = hn::MulHigh(hn::Add(value, value), hn::Set(words, factor));
  return hn::ShiftRight<1>(hn::Add(twice, hn::Set(words, 1)));
}

/// The factors of the plain kernel, less what whole additions make up for.
HWY_INLINE Rgb rgb_of(Words y, Words cb, Words cr) {
  const Words green = narrowed<16>(product<-22554, 65536 - 46802>(cb, cr));
  return {hn::Add(y, hn::Add(cr, share(cr, 91881 - 65536))), hn::Add(y, hn::Sub(green, cr)),
          hn::Add(y, hn::Add(hn::Add(cb, cb), share(cb, 116130 - 131072)))};
}

HWY_INLINE auto joined(Words even, Words odd) {
  const Words zero = hn::Zero(words);
  const Words most = hn::Set(words, 255);
  const Words lower = hn::Min(hn::Max(even, zero), most);
  const Words upper = hn::Min(hn::Max(odd, zero), most);
  return hn::BitCast(bytes, hn::Or(lower, hn::ShiftLeft<8>(upper)));
}

template <ChromaSampling sampling>
void colour_row(const YcbcrRow& row, std::uint8_t* rgb) {
  for (std::size_t x = 0; x < row.width_px; x += 2 * word_lanes) {
    const Pixels y = load_pixels(row.y + x);
    const Pixels cb = load_chroma<sampling>(row, 0, x);
    const Pixels cr = load_chroma<sampling>(row, 1, x);
    const Rgb even = rgb_of(y.even, cb.even, cr.even);
    const Rgb odd = rgb_of(y.odd, cb.odd, cr.odd);
    hn::StoreInterleaved3(joined(even.red, odd.red), joined(even.green, odd.green), joined(even.blue, odd.blue), bytes,
                          rgb + 3 * x);
  }
}

}  // namespace

JpegTransforms transforms(ChromaSampling sampling) {
  switch (sampling) {
    case ChromaSampling::full: return {inverse, colour_row<ChromaSampling::full>};
    case ChromaSampling::half: return {inverse, colour_row<ChromaSampling::half>};
    case ChromaSampling::quarter: return {inverse, colour_row<ChromaSampling::quarter>};
    case ChromaSampling::grey: break;
  }
  return {inverse, nullptr};
}
#endif
}  // namespace locket::codec::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace locket::codec {

constexpr auto transforms_builds = LOCKET_VECTOR_BUILDS(transforms);

JpegTransforms vector_jpeg_transforms(ChromaSampling sampling) noexcept { return transforms_builds.best()(sampling); }

}  // namespace locket::codec
#endif
