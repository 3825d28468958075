#include "raster/row_kernels.hpp"

#include <algorithm>

#include "raster/transfer.hpp"

namespace locket::raster {
namespace {

std::int16_t saturated(std::int32_t value) { return static_cast<std::int16_t>(std::clamp(value, -32'768, 32'767)); }

/// `alpha` 0 .. 255. What alpha takes away is subtracted, so that opaque pixels stay exactly as they are.
std::int16_t premultiplied(std::int32_t linear, std::uint8_t alpha) {
  if (alpha == 0) return 0;
  const std::int32_t absent = linear_one - linear_of_alpha(alpha);
  return static_cast<std::int16_t>(linear - ((linear * absent + 16'384) >> 15));
}

std::int32_t light(std::int16_t biased) { return std::clamp(biased + linear_bias, 0, linear_one); }

std::uint8_t sample_of(std::int32_t light) { return srgb_of_linear()[static_cast<std::size_t>(light)]; }

void encode_translucent(std::span<const std::int16_t, 4> biased, std::uint8_t* pixel) {
  const std::int32_t alpha = light(biased[3]);
  pixel[3] = alpha_of_linear(alpha);
  for (std::size_t channel = 0; channel < 3; ++channel) {
    const std::int32_t colour = light(biased[channel]);
    const std::int32_t whole = pixel[3] == 0 ? 0 : std::min((colour * linear_one + alpha / 2) / alpha, linear_one);
    pixel[channel] = sample_of(whole);
  }
}

}  // namespace

void linearise(const std::uint8_t* row, RowFormat format, std::size_t pixels, Planes planes) noexcept {
  const auto& linear = linear_of_srgb();
  const std::size_t channels = channels_of(format);
  for (std::size_t at = 0; at < pixels; ++at, row += channels) {
    const std::uint8_t alpha = format == RowFormat::rgba ? row[3] : 255;
    for (std::size_t channel = 0; channel < std::min<std::size_t>(channels, 3); ++channel) {
      planes.first[channel * planes.stride + at] = premultiplied(linear[row[channel]], alpha);
    }
    if (format == RowFormat::rgba) {
      planes.first[3 * planes.stride + at] = static_cast<std::int16_t>(linear_of_alpha(alpha));
    }
  }
}

void blend_rows(std::span<const std::int16_t* const> rows, const Taps& taps, std::span<std::int16_t> blended) noexcept {
  const std::int32_t rounding = (1 << (taps.shift - 1)) - (linear_bias << taps.shift);
  for (std::size_t at = 0; at < blended.size(); ++at) {
    std::int32_t sum = 0;
    for (std::size_t row = 0; row < rows.size(); ++row) sum += rows[row][at] * taps.weights[row];
    blended[at] = saturated((sum + rounding) >> taps.shift);
  }
}

void blend_columns(std::span<const std::int16_t> row, std::uint32_t from_px, const TapTable& table,
                   std::span<std::int16_t> scaled) noexcept {
  for (std::uint32_t target_px = 0; target_px < scaled.size(); ++target_px) {
    const Taps taps = table.at(target_px);
    const std::int16_t* samples = row.data() + (taps.first_px - from_px);
    std::int32_t sum = 1 << (taps.shift - 1);
    for (std::size_t at = 0; at < taps.weights.size(); ++at) sum += samples[at] * taps.weights[at];
    scaled[target_px] = saturated(sum >> taps.shift);
  }
}

void encode(Planes planes, RowFormat source_format, std::size_t pixels, RowFormat format, std::uint8_t* row) noexcept {
  const std::size_t channels = channels_of(format);
  const std::size_t green = source_format == RowFormat::grey ? 0 : planes.stride;
  for (std::size_t at = 0; at < pixels; ++at, row += channels) {
    const std::int16_t* from = planes.first + at;
    if (source_format == RowFormat::rgba) {
      const std::int16_t biased[4] = {from[0], from[green], from[2 * green], from[3 * green]};
      encode_translucent(biased, row);
      continue;
    }
    row[0] = sample_of(light(from[0]));
    if (format == RowFormat::grey) continue;
    row[1] = sample_of(light(from[green]));
    row[2] = sample_of(light(from[2 * green]));
    if (format == RowFormat::rgba) row[3] = 255;
  }
}

}  // namespace locket::raster
