#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "codec/baseline_scan.hpp"
#include "codec/jpeg_block_source.hpp"
#include "locket/error.hpp"

namespace locket::codec {

/// Decodes the coefficients of a baseline scan, unit after unit. One thread.
class JpegBlockDecoder final : public JpegBlockSource {
 public:
  /// Inputs: a scan, whose data must outlive the decoder; which kernels run. Nothing where the scan's tables form no
  /// code. Throws std::bad_alloc.
  [[nodiscard]] static std::unique_ptr<JpegBlockDecoder> make(const BaselineScan& scan, Kernel kernel);

  /// Errors: `picture_truncated` where the data ends too early; `picture_data_invalid` for what no code means, or more
  /// than 16 stray bytes before a marker.
  [[nodiscard]] Result<void> decode(std::uint32_t units, UnitBlocks& blocks) override;

  /// 24 stray bytes at most may stand behind the last unit. Errors: `picture_data_invalid`.
  [[nodiscard]] Result<void> finish() const override;

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
