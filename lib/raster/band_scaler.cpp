#include "raster/band_scaler.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "raster/transfer.hpp"

namespace locket::raster {
namespace {

/// So many columns go through the vertical pass before the next ones, so that the rows they stand in stay in the
/// nearest cache while several target rows are made of them. What is made of them lies together, row by row, where a
/// block has the same columns, and is turned into a block there.
constexpr std::size_t tile = 512;

}  // namespace

BandScaler::BandScaler(const RowKernels& kernels, TapTable across, TapTable down, std::size_t rows_width,
                       std::uint32_t channels)
    : kernels_(kernels),
      across_(std::move(across)),
      down_(std::move(down)),
      rows_width_(rows_width),
      width_(padded(across_.size())),
      channels_(std::min(channels, 3U)),
      blended_(rows_width * band_rows * channels_, rows_width * band_rows * (channels - channels_)),
      scaled_(width_ * band_rows * channels) {
  weighed_.reserve(static_cast<std::size_t>(down_.window_pairs()) * band_rows);
}

bool BandScaler::advance(const LinearRows& rows) {
  const std::uint32_t end = ready(rows.pairs());
  if (end == next_) return false;
  blend(rows, end);
  next_ = end;
  if (end % band_rows != 0 && end != down_.size()) return false;
  finish_band(rows.channels());
  return true;
}

/// One past the last row of this band that can be made.
std::uint32_t BandScaler::ready(std::uint32_t pairs) const noexcept {
  const auto limit =
      static_cast<std::uint32_t>(std::min<std::size_t>((next_ / band_rows + 1) * band_rows, down_.size()));
  std::uint32_t end = next_;
  while (end < limit && down_.at(end).first_pair + down_.at(end).weights.size() <= pairs) ++end;
  return end;
}

std::int16_t* BandScaler::tile_of(std::uint32_t channel, std::size_t from) noexcept {
  return blended_.data() + (channel * rows_width_ + from) * band_rows;
}

void BandScaler::blend(const LinearRows& rows, std::uint32_t end) {
  if (rows.channels() > channels_) {  // what this band holds so far is opaque
    std::fill_n(blended_.data() + 3 * band_rows * rows_width_, band_rows * rows_width_,
                static_cast<std::int16_t>(linear_one - linear_bias));
    channels_ = rows.channels();
  }
  for (std::uint32_t channel = 0; channel < rows.channels(); ++channel) {
    weighed_.clear();
    for (std::uint32_t target = next_; target < end; ++target) {
      const Taps taps = down_.at(target);
      for (std::uint32_t at = 0; at < taps.weights.size(); ++at) {
        weighed_.push_back(rows.pair(taps.first_pair + at, channel));
      }
    }
    for (std::size_t from = 0; from < rows_width_; from += tile) {
      const std::size_t columns = std::min(tile, rows_width_ - from);
      std::int16_t* const made = tile_of(channel, from);
      const std::int16_t* const* pairs = weighed_.data();
      for (std::uint32_t target = next_; target < end; ++target) {
        const Taps taps = down_.at(target);
        kernels_.blend(pairs, taps, blend_rounding(taps.shift, linear_bias), from, columns,
                       made + target % band_rows * columns);
        pairs += taps.weights.size();
      }
    }
  }
}

void BandScaler::finish_band(std::uint32_t channels) {
  for (std::uint32_t channel = 0; channel < channels; ++channel) {
    for (std::size_t from = 0; from < rows_width_; from += tile) {
      const std::size_t columns = std::min(tile, rows_width_ - from);
      std::int16_t* const made = tile_of(channel, from);
      std::array<std::int16_t, tile * band_rows> rows;
      std::copy_n(made, columns * band_rows, rows.begin());
      kernels_.to_block(rows.data(), columns, columns, made);
    }
  }
  const Planes<std::int16_t> scaled{scaled_.data(), width_ * band_rows, channels};
  kernels_.scale({blended_.data(), rows_width_ * band_rows, channels}, across_, scaled);
  const auto first_row = static_cast<std::uint32_t>((next_ - 1) / band_rows * band_rows);
  band_ = {{scaled.first, scaled.stride, channels}, first_row, next_ - first_row};
}

}  // namespace locket::raster
