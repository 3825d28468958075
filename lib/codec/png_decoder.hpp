#pragma once

#include <cstdint>
#include <memory>

#include "base/image.hpp"
#include "base/kernel.hpp"
#include "codec/png_layout.hpp"
#include "codec/zlib_stream.hpp"
#include "locket/error.hpp"
#include "locket/limits.hpp"

namespace locket::codec {

/// What becomes of samples of 16 bits.
enum class DeepSamples : std::uint8_t {
  reduced,  ///< to the nearest of 8 bits
  kept,     ///< upper byte first
};

/// Gives the decoded rows of one PNG, 8 bits a sample but for those of 16 that are kept, top to bottom, before palette
/// and profile are applied. One thread.
class PngDecoder {
 public:
  virtual ~PngDecoder() = default;

  /// The bytes of a pixel of the rows that come: 1 for grey and for palettes (the index), 3, or 4 where there is alpha;
  /// twice as many where samples of 16 bits are kept.
  [[nodiscard]] virtual std::uint32_t pixel_bytes() const noexcept = 0;

  /// Gives the next rows, at least one; none after the last, once the rest of the compressed data was proven, its
  /// Adler-32 included. Data beyond the last row is refused; bytes after the end of the compressed stream are not
  /// looked at. The view is valid until the next call. Errors: a `picture_` code; the decoder is then of no more use.
  [[nodiscard]] virtual Result<RowBatch> next_rows() = 0;
};

/// The bodies of a picture's IDAT, one after the other.
class PngPieces final : public PieceSource {
 public:
  /// Input: a layout of `read_png_layout`, whose upload must outlive this.
  explicit PngPieces(const PngLayout& layout) noexcept : left_(layout.data_part) {}

  bool next(BytesView& piece) noexcept override {
    if (left_.empty()) return false;
    piece = take_data_body(left_);
    return true;
  }

 private:
  BytesView left_;
};

/// The count of rows of a batch so that it stays in the second-level cache: 1 to 64.
/// Input: the bytes of one row, at least 1. Never fails.
[[nodiscard]] std::uint32_t batch_rows_of(std::size_t row_bytes) noexcept;

/// Inflates all IDAT once, keeping nothing, and proves that they hold exactly the picture's bytes and the right
/// Adler-32. Stops at the first byte too many, so that a bomb costs no more than the picture would.
/// Errors: `picture_truncated`, `picture_checksum_wrong`, `picture_data_invalid`. Throws std::bad_alloc.
[[nodiscard]] Result<void> prove_png_data(const PngLayout& layout);

/// Decodes any PNG with libpng's row interface. libpng is given nothing but the signature, IHDR, PLTE, tRNS and IDAT
/// that `read_png_layout` and `prove_png_data` proved; no other chunk reaches it. (libpng itself would inflate without
/// bound what follows the last row.) An interlaced picture is decoded whole at the first batch.
/// Inputs: a layout of `read_png_layout`, whose upload must outlive the decoder; the limits
/// (`decode_memory_bytes_max`); what becomes of samples of 16 bits. Errors: a `picture_` code or `out_of_memory`.
/// Throws std::bad_alloc.
[[nodiscard]] Result<std::unique_ptr<PngDecoder>> make_libpng_decoder(const PngLayout& layout, const Limits& limits,
                                                                      DeepSamples deep = DeepSamples::reduced);

}  // namespace locket::codec
