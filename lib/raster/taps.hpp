#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "locket/picture.hpp"
#include "raster/geometry.hpp"

namespace locket::raster {

/// The weights of neighbouring source pixels for one target pixel: they sum to exactly `1 << shift`.
struct Taps {
  std::uint32_t first_px = 0;             ///< the source pixel of the first weight
  std::uint32_t shift = 0;                ///< 14 or 15: as fine as 16 bits allow
  std::span<const std::int16_t> weights;  ///< of a table, which must outlive this
};

/// The weights of every target pixel of one axis, in whole numbers. Weights that fall beyond the picture are added to
/// its edge pixel, and pixels without weight are left out. The absolute weights of one target pixel sum to less than
/// 65536, so that 15-bit samples never overflow 32 bits. Any thread may read.
class TapTable {
 public:
  /// Makes the table for an axis with pixels on both sides. Throws `std::bad_alloc`. Cost: linear in the weights.
  TapTable(const Axis& axis, Filter filter);

  /// The weights of one target pixel, `target_px` below the axis' count.
  [[nodiscard]] Taps at(std::uint32_t target_px) const noexcept;

  /// The first source pixel that any target pixel weighs.
  [[nodiscard]] std::uint32_t first_px() const noexcept { return first_px_; }

  /// One past the last source pixel that any target pixel weighs.
  [[nodiscard]] std::uint32_t end_px() const noexcept { return end_px_; }

  /// How many neighbouring source pixels must be held at once to make the target pixels one after the other.
  [[nodiscard]] std::uint32_t window_px() const noexcept { return window_px_; }

 private:
  void measure();

  struct Entry {
    std::uint32_t first_px;
    std::uint32_t count;
    std::uint32_t shift;
    std::size_t offset;
  };

  std::vector<Entry> entries_;
  std::vector<std::int16_t> weights_;
  std::uint32_t first_px_ = 0;
  std::uint32_t end_px_ = 0;
  std::uint32_t window_px_ = 0;
};

}  // namespace locket::raster
