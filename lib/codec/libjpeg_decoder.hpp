#pragma once

#include <cstdint>
#include <memory>

#include "codec/jpeg_layout.hpp"
#include "locket/error.hpp"
#include "locket/limits.hpp"
#include "locket/picture.hpp"

namespace locket::codec {

/// The samples of the rows that a JPEG decoder gives.
enum class JpegSamples : std::uint8_t {
  grey,           ///< 1 byte a pixel
  rgb,            ///< 3 bytes
  cmyk,           ///< 4 bytes, 255 is full ink
  cmyk_inverted,  ///< 4 bytes, 0 is full ink: what files with Adobe's segment hold
};

/// Decodes the rows of one JPEG with libjpeg-turbo. One thread.
///
/// A file that ends early, or a scan whose data does, is an error. So is every warning about corrupt data, but for four
/// that leave the picture as it was meant: an unknown Adobe transform or JFIF revision, spectral parameters of a
/// sequential scan, and at most 16 stray bytes before a marker, which some cameras leave there.
class LibjpegDecoder {
 public:
  struct State;

  /// Reads the tables and starts decoding. Inputs: the layout of `read_jpeg_layout`, whose upload must outlive the
  /// decoder; the limits (`decode_memory_bytes_max`, `jpeg_scans_max`). The rows are the layout's size. A picture of
  /// several scans is read whole here. Errors: a `picture_` code or `out_of_memory`.
  [[nodiscard]] static Result<std::unique_ptr<LibjpegDecoder>> open(const JpegLayout& layout, const Limits& limits);

  ~LibjpegDecoder();
  LibjpegDecoder(const LibjpegDecoder&) = delete;
  LibjpegDecoder& operator=(const LibjpegDecoder&) = delete;

  /// What the rows hold.
  [[nodiscard]] JpegSamples samples() const noexcept;

  /// Decodes the next `count` rows, which must be left, into `rows`, `stride_bytes` apart.
  [[nodiscard]] Result<void> read_rows(std::uint8_t* rows, std::size_t stride_bytes, std::uint32_t count);

  /// After the last row: reads on to EOI.
  [[nodiscard]] Result<void> finish();

 private:
  explicit LibjpegDecoder(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace locket::codec
