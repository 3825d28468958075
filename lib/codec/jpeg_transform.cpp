#include "codec/jpeg_transform.hpp"

#include <algorithm>

namespace locket::codec {
namespace {

std::int16_t wrapped(std::int32_t value) noexcept { return static_cast<std::int16_t>(value); }

std::int16_t saturated(std::int32_t value) noexcept {
  return static_cast<std::int16_t>(std::clamp<std::int32_t>(value, -32768, 32767));
}

/// One row or column of 8, `stride` apart. The constants are cosines in units of 1 / 8192; with them go 2^3 for the
/// whole transform and two more bits of precision between its two halves.
template <int shift>
void transform8(const std::int16_t* in, std::size_t stride, std::int16_t* out) noexcept {
  const auto at = [&](std::size_t i) -> std::int32_t { return in[i * stride]; };
  const std::int32_t sum = wrapped(at(0) + at(4)) * 8192;
  const std::int32_t difference = wrapped(at(0) - at(4)) * 8192;
  const std::int32_t low = at(2) * 4433 - at(6) * 10704;
  const std::int32_t high = at(2) * 10703 + at(6) * 4433;
  const std::int32_t even[4] = {sum + high, difference + low, difference - low, sum - high};

  const std::int32_t a = wrapped(at(7) + at(3));
  const std::int32_t b = wrapped(at(5) + at(1));
  const std::int32_t c = b * 9633 - a * 6436;
  const std::int32_t d = a * 9633 + b * 6437;
  const std::int32_t odd[4] = {at(1) * 4926 - at(7) * 7373 + d, at(3) * 4177 - at(5) * 20995 + c,
                               d - at(5) * 4176 - at(3) * 20995, c - at(7) * 4927 - at(1) * 7373};
  constexpr std::int32_t half = 1 << (shift - 1);
  for (std::size_t i = 0; i < 4; ++i) {
    out[i] = saturated((even[i] + odd[i] + half) >> shift);
    out[7 - i] = saturated((even[i] - odd[i] + half) >> shift);
  }
}

void transform_block(const std::int16_t* block, std::uint8_t* out, std::size_t stride_bytes) noexcept {
  constexpr std::size_t side = BlockFour::side;
  std::int16_t columns[side * side];
  for (std::size_t x = 0; x < side; ++x) transform8<11>(block + x, BlockFour::row_stride, columns + x * side);
  for (std::size_t y = 0; y < side; ++y) {
    std::int16_t row[side];
    transform8<18>(columns + y, side, row);
    for (std::size_t x = 0; x < side; ++x) {
      out[y * stride_bytes + x] = static_cast<std::uint8_t>(std::clamp<int>(row[x], -128, 127) + 128);
    }
  }
}

void transform_four(const BlockFour& four, std::uint8_t* out, std::size_t stride_bytes) {
  for (std::size_t block = 0; block < BlockFour::blocks; ++block) {
    const std::size_t at = block * BlockFour::side;
    transform_block(four.coefficients.data() + at, out + at, stride_bytes);
  }
}

/// Cb or Cr at a pixel.
template <ChromaSampling sampling>
int chroma_at(const YcbcrRow& row, std::size_t component, std::size_t x) noexcept {
  const std::uint8_t* const nearest = row.nearest[component];
  if constexpr (sampling == ChromaSampling::full) return nearest[x];
  const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(x / 2);
  const std::ptrdiff_t beside = x % 2 == 0 ? at - 1 : at + 1;
  if constexpr (sampling == ChromaSampling::half) {
    return (3 * nearest[at] + nearest[beside] + 1 + static_cast<int>(x % 2)) >> 2;
  }
  const auto column = [&](std::ptrdiff_t i) { return 3 * nearest[i] + row.second[component][i]; };
  return (3 * column(at) + column(beside) + 8 - static_cast<int>(x % 2)) >> 4;
}

std::uint8_t sample_of(int value) noexcept { return static_cast<std::uint8_t>(std::clamp(value, 0, 255)); }

/// The equations of JFIF 1.02 in units of 1 / 65536.
template <ChromaSampling sampling>
void colour_row(const YcbcrRow& row, std::uint8_t* rgb) {
  for (std::size_t x = 0; x < row.width_px; ++x, rgb += 3) {
    const int y = row.y[x];
    const int cb = chroma_at<sampling>(row, 0, x) - 128;
    const int cr = chroma_at<sampling>(row, 1, x) - 128;
    rgb[0] = sample_of(y + ((91881 * cr + 32768) >> 16));
    rgb[1] = sample_of(y + ((-22554 * cb - 46802 * cr + 32768) >> 16));
    rgb[2] = sample_of(y + ((116130 * cb + 32768) >> 16));
  }
}

}  // namespace

JpegTransforms plain_jpeg_transforms(ChromaSampling sampling) noexcept {
  switch (sampling) {
    case ChromaSampling::full: return {transform_four, colour_row<ChromaSampling::full>};
    case ChromaSampling::half: return {transform_four, colour_row<ChromaSampling::half>};
    case ChromaSampling::quarter: return {transform_four, colour_row<ChromaSampling::quarter>};
    case ChromaSampling::grey: break;
  }
  return {transform_four, nullptr};
}

JpegTransforms jpeg_transforms(ChromaSampling sampling, Kernel kernel) noexcept {
  return kernel == Kernel::plain ? plain_jpeg_transforms(sampling) : vector_jpeg_transforms(sampling);
}

}  // namespace locket::codec
