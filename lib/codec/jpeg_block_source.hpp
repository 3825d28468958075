#pragma once

#include <cstdint>

#include "codec/jpeg_block_kernel.hpp"
#include "locket/error.hpp"

namespace locket::codec {

/// Gives the blocks of a picture, unit after unit. One thread.
class JpegBlockSource {
 public:
  virtual ~JpegBlockSource() = default;

  /// Puts the next `units` units into `blocks`, which must be empty. They all stand in one row of units, in which the
  /// first is the `UnitBlocks::units_max`-th of some; so many they are, or what is left of the row. Errors: a
  /// `picture_` code; the source is then of no more use. Cost: linear.
  [[nodiscard]] virtual Result<void> decode(std::uint32_t units, UnitBlocks& blocks) = 0;

  /// After the last unit: proves that the data ends there. Errors: a `picture_` code.
  [[nodiscard]] virtual Result<void> finish() const = 0;
};

}  // namespace locket::codec
