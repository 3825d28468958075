#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace locket::raster {

/// Planes of samples are whole multiples of this many, so that loops over them need no remainder.
inline constexpr std::size_t plane_step = 64;

/// A count rounded up to a whole `plane_step`.
[[nodiscard]] constexpr std::size_t padded(std::size_t samples) noexcept {
  return (samples + plane_step - 1) / plane_step * plane_step;
}

/// Samples that begin on a cache line.
class AlignedSamples {
 public:
  /// `count` zeros, and behind them room for `later` samples that mean nothing yet: memory that is not written to costs
  /// none. Throws `std::bad_alloc`.
  explicit AlignedSamples(std::size_t count, std::size_t later = 0)
      : samples_(new(std::align_val_t{alignment_bytes}) std::int16_t[count + later]) {
    std::fill_n(samples_.get(), count, std::int16_t{0});
  }

  /// The first sample. Never fails.
  [[nodiscard]] std::int16_t* data() noexcept { return samples_.get(); }

  /// The first sample. Never fails.
  [[nodiscard]] const std::int16_t* data() const noexcept { return samples_.get(); }

 private:
  static constexpr std::size_t alignment_bytes = 64;

  struct Release {
    /// Frees what was allocated with the same alignment. Never fails.
    void operator()(std::int16_t* samples) const noexcept {
      ::operator delete[](samples, std::align_val_t{alignment_bytes});
    }
  };

  std::unique_ptr<std::int16_t[], Release> samples_;
};

}  // namespace locket::raster
