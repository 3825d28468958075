#include "raster/light_encoder.hpp"

#include <algorithm>
#include <array>

#include "raster/transfer.hpp"

namespace locket::raster {
namespace {

using Light = Planes<const std::uint16_t>;

void encode_grey(const Light& light, std::size_t pixels, std::size_t channels, std::uint8_t* samples) {
  const auto& srgb = srgb_of_linear();
  for (std::size_t at = 0; at < pixels; ++at, samples += channels) {
    const std::uint8_t grey = srgb[light.first[at]];
    std::fill_n(samples, channels, grey);
    if (channels == 4) samples[3] = 255;
  }
}

template <std::size_t channels>
void encode_opaque(const Light& light, std::size_t pixels, std::uint8_t* samples) {
  const auto& srgb = srgb_of_linear();
  const std::uint16_t* const red = light.first;
  const std::uint16_t* const green = red + light.stride;
  const std::uint16_t* const blue = green + light.stride;
  for (std::size_t at = 0; at < pixels; ++at, samples += channels) {
    samples[0] = srgb[red[at]];
    samples[1] = srgb[green[at]];
    samples[2] = srgb[blue[at]];
    if constexpr (channels == 4) samples[3] = 255;
  }
}

void encode_translucent(const Light& light, std::size_t pixels, std::uint8_t* samples) {
  const auto& srgb = srgb_of_linear();
  const std::uint16_t* const alphas = light.first + 3 * light.stride;
  for (std::size_t at = 0; at < pixels; ++at, samples += 4) {
    const std::int32_t alpha = alphas[at];
    samples[3] = alpha_of_linear(alpha);
    for (std::size_t channel = 0; channel < 3; ++channel) {
      const std::int32_t colour = light.first[channel * light.stride + at];
      // What is left of a colour once its alpha rounds to nothing is not to be seen.
      samples[channel] =
          samples[3] == 0
              ? 0
              : srgb[static_cast<std::size_t>(std::min((colour * linear_one + alpha / 2) / alpha, linear_one))];
    }
  }
}

}  // namespace

void encode_light(Planes<const std::uint16_t> light, std::size_t pixels, RowFormat format,
                  std::uint8_t* samples) noexcept {
  if (light.channels == 1) return encode_grey(light, pixels, channels_of(format), samples);
  if (format == RowFormat::rgb) return encode_opaque<3>(light, pixels, samples);
  if (light.channels == 3) return encode_opaque<4>(light, pixels, samples);
  const std::uint16_t* const alpha = light.first + 3 * light.stride;
  if (std::all_of(alpha, alpha + pixels, [](std::uint16_t value) { return value == linear_one; })) {
    return encode_opaque<4>(light, pixels, samples);
  }
  encode_translucent(light, pixels, samples);
}

}  // namespace locket::raster
