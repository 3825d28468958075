#include "raster/halver.hpp"

#include <algorithm>

#include "raster/transfer.hpp"

namespace locket::raster {
namespace {

constexpr std::uint32_t band_pairs = band_rows / 2;

}  // namespace

Halver::Halver(const RowKernels& kernels, PixelSize target, std::uint32_t channels)
    : kernels_(kernels),
      across_(TapTable::halving(target.width_px)),
      down_(TapTable::halving(target.height_px)),
      width_(padded(target.width_px)),
      held_pairs_(down_.window_pairs() + band_pairs),
      planes_(channels),
      blocks_(width_ * band_rows * channels),
      rows_(width_ * band_rows),
      held_(held_pairs_ * planes_ * 2 * width_),
      row_(planes_ * width_) {
  // Until the first translucent pixel comes, nothing else is read of alpha.
  if (channels == 4)
    std::fill_n(held_.data(), held_pairs_ * planes_ * 2 * width_, std::int16_t{linear_one - linear_bias});
}

void Halver::take(const Band& band) {
  channels_ = band.block.channels;
  const std::size_t plane = width_ * band_rows;
  kernels_.scale(band.block, across_, {blocks_.data(), plane, channels_});
  for (std::uint32_t channel = 0; channel < channels_; ++channel) {
    kernels_.from_block(blocks_.data() + channel * plane, width_, rows_.data(), width_);
    for (std::uint32_t pair = 0; pair < band_pairs; ++pair) {
      std::int16_t* place = held_.data() + ((pairs_ + pair) % held_pairs_ * planes_ + channel) * 2 * width_;
      const std::int16_t* upper = rows_.data() + 2 * pair * width_;
      kernels_.pair_up(upper, upper + width_, width_, place);
    }
  }
  pairs_ += band_pairs;
}

Planes<const std::int16_t> Halver::next_row() {
  if (next_ == down_.size()) return {};
  const Taps taps = down_.at(next_);
  if (taps.first_pair + taps.weights.size() > pairs_) return {};
  ++next_;
  std::array<const std::int16_t*, 16> weighed{};
  for (std::uint32_t channel = 0; channel < channels_; ++channel) {
    for (std::uint32_t at = 0; at < taps.weights.size(); ++at) {
      weighed[at] = held_.data() + ((taps.first_pair + at) % held_pairs_ * planes_ + channel) * 2 * width_;
    }
    kernels_.blend(weighed.data(), taps, blend_rounding(taps.shift, 0), 0, width_, row_.data() + channel * width_);
  }
  return {row_.data(), width_, channels_};
}

}  // namespace locket::raster
