#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "codec/baseline_scan.hpp"
#include "codec/jpeg_block_kernel.hpp"
#include "locket/error.hpp"

namespace locket::codec {

/// Decodes the coefficients of a baseline scan, unit after unit. One thread.
class JpegBlockDecoder {
 public:
  /// Inputs: a scan, whose data must outlive the decoder; which kernels run. Nothing where the scan's tables form no
  /// code. Throws std::bad_alloc.
  [[nodiscard]] static std::unique_ptr<JpegBlockDecoder> make(const BaselineScan& scan, Kernel kernel);

  /// Decodes the next `units` units, at most `UnitBlocks::units_max` and what is left, into `blocks`, which must be
  /// empty. Errors: `picture_truncated` where the data ends too early; `picture_data_invalid` for what no code means,
  /// or more than 16 stray bytes before a marker. Cost: linear.
  [[nodiscard]] Result<void> decode(std::uint32_t units, UnitBlocks& blocks);

  /// After the last unit: proves that the data ends there, or after 24 stray bytes at most. Errors:
  /// `picture_data_invalid`.
  [[nodiscard]] Result<void> finish() const;

 private:
  JpegBlockDecoder(const BaselineScan& scan, Kernel kernel) noexcept;

  [[nodiscard]] std::span<JpegComponentCode> components() noexcept { return std::span(codes_).first(components_); }
  [[nodiscard]] Result<const std::uint8_t*> next_marker(std::size_t stray_bytes_most) const;
  Result<void> restart();

  JpegBlockKernel kernel_;
  JpegBits bits_;
  std::uint32_t restart_units_;
  std::uint32_t units_to_restart_;
  std::uint32_t components_;
  std::array<JpegComponentCode, 3> codes_;
};

}  // namespace locket::codec
