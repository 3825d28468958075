#include <algorithm>
#include <array>

#include "base/kernel.hpp"
#include "raster/aligned_samples.hpp"
#include "raster/light_encoder.hpp"
#include "raster/row_kernels.hpp"
#include "raster/transfer.hpp"

namespace locket::raster {
namespace {

struct Weights {
  std::int32_t even;
  std::int32_t odd;
};

Weights weights_of(std::int32_t pair) {
  return {static_cast<std::int16_t>(pair & 0xffff), static_cast<std::int16_t>(pair >> 16)};
}

std::int16_t saturated(std::int32_t value) { return static_cast<std::int16_t>(std::clamp(value, -32'768, 32'767)); }

bool is_opaque(const std::uint8_t* row, std::size_t pixels) {
  for (std::size_t at = 0; at < pixels; ++at) {
    if (row[4 * at + 3] != 255) return false;
  }
  return true;
}

/// What alpha takes away is subtracted, so that opaque pixels stay exactly as they are.
std::int16_t premultiplied(std::int32_t linear, std::uint8_t alpha) {
  if (alpha == 0) return 0;
  return static_cast<std::int16_t>(linear - rounded_product(linear, absence_of(alpha)));
}

void linearise_row(const std::uint8_t* row, RowFormat format, std::size_t pixels, Planes<std::int16_t> pairs) {
  const auto& linear = linear_of_srgb();
  const std::size_t channels = channels_of(format);
  const std::size_t colours = std::min<std::size_t>(channels, 3);
  for (std::size_t at = 0; at < pixels; ++at, row += channels) {
    const std::uint8_t alpha = pairs.channels == 4 ? row[3] : 255;
    for (std::size_t channel = 0; channel < colours; ++channel) {
      pairs.first[channel * pairs.stride + 2 * at] = premultiplied(linear[row[channel]], alpha);
    }
    if (pairs.channels == 4) pairs.first[3 * pairs.stride + 2 * at] = static_cast<std::int16_t>(alpha << 7);
  }
}

void linearise(const std::uint8_t* upper, const std::uint8_t* lower, RowFormat format, std::size_t pixels,
               Planes<std::int16_t> pairs) {
  linearise_row(upper, format, pixels, pairs);
  linearise_row(lower, format, pixels, {pairs.first + 1, pairs.stride, pairs.channels});
}

void pair_up(const std::int16_t* upper, const std::int16_t* lower, std::size_t samples, std::int16_t* pairs) {
  for (std::size_t at = 0; at < samples; ++at) {
    pairs[2 * at] = upper[at];
    pairs[2 * at + 1] = lower[at];
  }
}

void blend(const std::int16_t* const* pairs, const Taps& taps, std::int32_t rounding, std::size_t offset,
           std::size_t samples, std::int16_t* row) {
  for (std::size_t at = offset; at < offset + samples; ++at, ++row) {
    std::int32_t sum = 0;
    for (std::size_t pair = 0; pair < taps.weights.size(); ++pair) {
      const Weights weights = weights_of(taps.weights[pair]);
      sum += pairs[pair][2 * at] * weights.even + pairs[pair][2 * at + 1] * weights.odd;
    }
    *row = saturated((sum + rounding) >> taps.shift);
  }
}

void to_block(const std::int16_t* rows, std::size_t stride, std::size_t samples, std::int16_t* block) {
  for (std::size_t row = 0; row < band_rows; ++row) {
    for (std::size_t at = 0; at < samples; ++at) {
      block[(at / 2 * band_rows + row) * 2 + at % 2] = rows[row * stride + at];
    }
  }
}

void from_block(const std::int16_t* block, std::size_t samples, std::int16_t* rows, std::size_t stride) {
  for (std::size_t row = 0; row < band_rows; ++row) {
    for (std::size_t at = 0; at < samples; ++at) {
      rows[row * stride + at] = block[(at / 2 * band_rows + row) * 2 + at % 2];
    }
  }
}

void scale_plane(const std::int16_t* block, const TapTable& table, std::int16_t* scaled) {
  for (std::size_t at = 0; at < table.size(); ++at) {
    const Taps taps = table.at(at);
    std::array<std::int32_t, band_rows> sums{};
    const std::int16_t* from = block + std::size_t{taps.first_pair} * 2 * band_rows;
    for (const std::int32_t pair : taps.weights) {
      const Weights weights = weights_of(pair);
      for (std::int32_t& sum : sums) {
        sum += from[0] * weights.even + from[1] * weights.odd;
        from += 2;
      }
    }
    std::int16_t* to = scaled + at / 2 * 2 * band_rows + at % 2;
    for (std::size_t row = 0; row < band_rows; ++row) {
      to[2 * row] = saturated((sums[row] + blend_rounding(taps.shift, 0)) >> taps.shift);
    }
  }
}

void scale(Planes<const std::int16_t> block, const TapTable& table, Planes<std::int16_t> scaled) {
  for (std::uint32_t channel = 0; channel < block.channels; ++channel) {
    scale_plane(block.first + channel * block.stride, table, scaled.first + channel * scaled.stride);
  }
}

void encode(Planes<const std::int16_t> row, std::size_t pixels, RowFormat format, std::uint8_t* samples) {
  std::array<std::uint16_t, 4 * plane_step> light;
  for (std::size_t at = 0; at < pixels; at += plane_step) {
    const std::size_t some = std::min(plane_step, pixels - at);
    for (std::size_t channel = 0; channel < row.channels; ++channel) {
      const std::int16_t* from = row.first + channel * row.stride + at;
      std::transform(from, from + some, light.begin() + static_cast<std::ptrdiff_t>(channel * plane_step),
                     [](std::int16_t biased) {
                       return static_cast<std::uint16_t>(std::clamp(biased + linear_bias, 0, linear_one));
                     });
    }
    encode_light({light.data(), plane_step, row.channels}, some, format, samples + at * channels_of(format));
  }
}

constexpr RowKernels plain{is_opaque, linearise, pair_up, blend, to_block, from_block, scale, encode};

}  // namespace

const RowKernels& plain_kernels() noexcept { return plain; }

const RowKernels& chosen_kernels() noexcept {
  return chosen_kernel() == Kernel::plain ? plain_kernels() : vector_kernels();
}

}  // namespace locket::raster
