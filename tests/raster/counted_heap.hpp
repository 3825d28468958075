#pragma once

#include <cstddef>
#include <cstdint>

namespace locket::raster {

/// What this thread takes with `operator new`, from the moment it is made: measures the most that was held at once, and
/// may refuse.
class CountedHeap {
 public:
  /// Refuses every request from the `refuse_from`th on (the first is 0).
  explicit CountedHeap(std::uint64_t refuse_from = ~std::uint64_t{0}) noexcept;
  ~CountedHeap();
  CountedHeap(const CountedHeap&) = delete;
  CountedHeap& operator=(const CountedHeap&) = delete;

  /// The most bytes that were held at once, above what was held before.
  [[nodiscard]] std::size_t peak_bytes() const noexcept;

  /// How many requests there were.
  [[nodiscard]] std::uint64_t requests() const noexcept;
};

}  // namespace locket::raster
