#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/kernel.hpp"
#include "codec/baseline_scan.hpp"
#include "codec/jpeg_layout.hpp"
#include "codec/progressive_frame.hpp"
#include "locket/error.hpp"
#include "locket/limits.hpp"
#include "locket/picture.hpp"

namespace locket::codec {

/// The samples of the rows that a JPEG decoder gives.
enum class JpegSamples : std::uint8_t {
  grey,           ///< 1 byte a pixel
  rgb,            ///< 3 bytes
  cmyk_inverted,  ///< 4 bytes, 0 is full ink: what browsers and libraries take every CMYK file to hold, with Adobe's
                  ///< segment or without
};

/// Behind the last row that is read so many bytes may be overwritten.
inline constexpr std::size_t jpeg_row_margin_bytes = 192;

/// Decodes the rows of one JPEG. One thread.
///
/// A file that ends early, or a scan whose data does, is an error. So is all that is corrupt, but for at most 16 stray
/// bytes before a marker, which some cameras leave there; behind the data those that were read ahead, at most 8, may
/// come on top.
class JpegDecoder {
 public:
  virtual ~JpegDecoder() = default;

  /// What the rows hold.
  [[nodiscard]] virtual JpegSamples samples() const noexcept = 0;

  /// Decodes the next `count` rows, which must be left, into `rows`, `stride_bytes` apart. Errors: a `picture_` code or
  /// `out_of_memory`; the decoder is then of no more use.
  [[nodiscard]] virtual Result<void> read_rows(std::uint8_t* rows, std::size_t stride_bytes, std::uint32_t count) = 0;

  /// After the last row: proves what is left up to EOI. Errors: a `picture_` code.
  [[nodiscard]] virtual Result<void> finish() = 0;
};

/// Decodes any JPEG with libjpeg-turbo. Its warnings about corrupt data are errors, but for an unknown Adobe transform
/// or JFIF revision, spectral parameters of a sequential scan, and few stray bytes. A picture of several scans is read
/// whole here.
/// Inputs: the layout of `read_jpeg_layout`, whose upload must outlive the decoder; the limits
/// (`decode_memory_bytes_max`, `jpeg_scans_max`). The rows are the layout's size. Errors: a `picture_` code or
/// `out_of_memory`.
[[nodiscard]] Result<std::unique_ptr<JpegDecoder>> make_libjpeg_decoder(const JpegLayout& layout, const Limits& limits);

/// Decodes the most common kind of JPEG without libjpeg, to the same pixels: some units at a time, in memory that grows
/// with the width alone.
/// Inputs: the scan of `read_baseline_scan`, whose data must outlive the decoder; the limits; which kernels run.
/// Result: the decoder; null where a table is none, for another decoder to judge. Errors: `picture_work_over_limit`
/// when it would take more than `decode_memory_bytes_max`. Throws std::bad_alloc.
[[nodiscard]] Result<std::unique_ptr<JpegDecoder>> make_streaming_jpeg_decoder(const BaselineScan& scan,
                                                                               const Limits& limits, Kernel kernel);

/// Decodes the most common kind of progressive JPEG without libjpeg, to the same pixels: all scans here, then some
/// units at a time. Inputs: the frame of `read_progressive_frame`; the limits; which kernels run. Result: the decoder;
/// null where something in the data is not usual or wrong, or it would take more than `decode_memory_bytes_max`, for
/// another decoder to judge. Throws std::bad_alloc.
[[nodiscard]] std::unique_ptr<JpegDecoder> make_progressive_jpeg_decoder(const ProgressiveFrame& frame,
                                                                         const Limits& limits, Kernel kernel);

}  // namespace locket::codec
