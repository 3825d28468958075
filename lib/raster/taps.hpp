#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "locket/picture.hpp"
#include "raster/geometry.hpp"

namespace locket::raster {

/// The weights of neighbouring source pixels for one target pixel, two by two: the low half of a word is the weight of
/// an even pixel, the high half that of the odd pixel after it. They sum to exactly `1 << shift`.
struct Taps {
  std::uint32_t first_pair = 0;
  std::uint32_t shift = 0;                ///< 14 or 15: as fine as 16 bits allow
  std::span<const std::int32_t> weights;  ///< of a table, which must outlive this
};

/// The weights of every target pixel of one axis, in whole numbers. Weights that fall beyond the picture are added to
/// its edge pixel. The absolute weights of one target pixel sum to less than 65536, so that samples of 16 bits never
/// overflow 32. The table of a mirrored axis is mirrored exactly. Any thread may read.
class TapTable {
 public:
  /// Makes the table for an axis with pixels on both sides, and for `margin_px` more target pixels before and after.
  /// Throws `std::bad_alloc`. Cost: linear in the weights.
  TapTable(const Axis& axis, Filter filter, std::uint32_t margin_px);

  /// Makes a table that halves: for `target_px` pixels out of twice as many and `halving_margin_px` more on either
  /// side, which were made with Lanczos-3 themselves. Its 14 weights are those with which shifted Lanczos-3 kernels
  /// come nearest to one of twice the width (least squares over the spectrum of natural pictures), so that two steps
  /// give what one would: 59 dB and more, where halving by Lanczos-3 itself gives 54. Throws `std::bad_alloc`.
  [[nodiscard]] static TapTable halving(std::uint32_t target_px);

  /// The weights of one target pixel, `at` below `size()`.
  [[nodiscard]] Taps at(std::size_t at) const noexcept {
    const Entry& entry = entries_[at];
    return {entry.first_pair, entry.shift, {weights_.data() + entry.offset, entry.count}};
  }

  /// The count of target pixels with their margins.
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

  /// The first source pair that any target pixel weighs.
  [[nodiscard]] std::uint32_t first_pair() const noexcept { return first_pair_; }

  /// One past the last source pair that any target pixel weighs.
  [[nodiscard]] std::uint32_t end_pair() const noexcept { return end_pair_; }

  /// How many neighbouring source pairs must be held at once to make the target pixels one after the other.
  [[nodiscard]] std::uint32_t window_pairs() const noexcept { return window_pairs_; }

  /// Counts source pairs from `pair` on, at most `first_pair()`, which becomes pair 0.
  void count_from(std::uint32_t pair) noexcept;

 private:
  struct Entry {
    std::uint32_t first_pair;
    std::uint32_t count;
    std::uint32_t shift;
    std::uint32_t offset;
  };

  TapTable() = default;
  void append(std::uint32_t first_px, std::uint32_t shift, std::span<const std::int32_t> weights);
  void measure();

  std::vector<Entry> entries_;
  std::vector<std::int32_t> weights_;
  std::uint32_t first_pair_ = 0;
  std::uint32_t end_pair_ = 0;
  std::uint32_t window_pairs_ = 0;
};

/// How many pixels beyond the picture's edges a halving table reaches, rounded up to a whole pair.
inline constexpr std::uint32_t halving_margin_px = 8;

}  // namespace locket::raster
