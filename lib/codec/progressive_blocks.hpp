#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "codec/coefficient_memory.hpp"
#include "codec/jpeg_block_source.hpp"
#include "codec/progressive_frame.hpp"

namespace locket::codec {

/// The blocks of a progressive picture, all of whose scans were decoded before the first is given. One thread.
class ProgressiveBlocks final : public JpegBlockSource {
 public:
  /// Decodes all scans. Inputs: the frame, whose data is not looked at later; the most bytes that the blocks may take;
  /// which kernels run. Null where something in the data is not usual or wrong, or they would take more: another
  /// decoder is to judge it. Throws std::bad_alloc. Cost: linear in the blocks of all scans.
  [[nodiscard]] static std::unique_ptr<ProgressiveBlocks> make(const ProgressiveFrame& frame, std::uint64_t bytes_max,
                                                               Kernel kernel);

  [[nodiscard]] Result<void> decode(std::uint32_t units, UnitBlocks& blocks) override;

  /// All was proven by `make`.
  [[nodiscard]] Result<void> finish() const override { return {}; }

 private:
  class Scan;

  /// The blocks of one component.
  struct Plane {
    std::size_t first = 0;         ///< of all fours
    std::size_t fours_across = 0;  ///< up to what `UnitBlocks` takes at once
    std::uint32_t across = 1;      ///< blocks of a unit
    std::uint32_t down = 1;
    std::array<std::int16_t, BlockFour::row_stride * BlockFour::side>
        steps{};  ///< of quantisation, as in a `BlockFour`
  };
  using Planes = std::array<Plane, 3>;

  ProgressiveBlocks(UnitCounts units, std::size_t components, const Planes& planes, std::size_t fours)
      : units_(units), components_(components), planes_(planes), memory_(fours) {}

  [[nodiscard]] std::span<CoefficientFour> row(std::size_t component, std::size_t y) noexcept {
    const Plane& plane = planes_[component];
    return memory_.fours().subspan(plane.first + y * plane.fours_across, plane.fours_across);
  }

  UnitCounts units_;
  std::size_t components_;
  Planes planes_;
  CoefficientMemory memory_;
  std::uint32_t next_x_ = 0;  ///< in units
  std::uint32_t next_y_ = 0;
};

}  // namespace locket::codec
