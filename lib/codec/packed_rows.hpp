#pragma once

#include <cstdint>
#include <vector>

#include "base/image.hpp"
#include "codec/pixel_layout.hpp"
#include "codec/row_filter.hpp"

namespace locket::codec {

/// Gives the rows of an image in the layout of its file, top to bottom, each with the row above it. One thread.
class PackedRows {
 public:
  /// The image must outlive this. Throws std::bad_alloc. Takes two rows and their margins.
  PackedRows(const Image& image, PixelLayout layout);

  /// Packs one row, and the row above where it is not the one that was packed last. Inputs: `y` below the height.
  /// The result is valid until the next call.
  [[nodiscard]] FilterInput row(std::uint32_t y);

  /// Packs one row to a place of the caller's. Inputs: `y` below the height; `out` holds `row_bytes`.
  void pack(std::uint32_t y, std::uint8_t* out) const noexcept;

  /// The count of bytes of one row.
  [[nodiscard]] std::size_t row_bytes() const noexcept { return row_bytes_; }

 private:
  const Image& image_;
  PixelLayout layout_;
  std::size_t row_bytes_;
  std::vector<std::uint8_t> memory_;
  std::uint8_t* current_;
  std::uint8_t* above_;
  std::uint64_t packed_ = ~std::uint64_t{0};  ///< the row that stands in `current_`
};

}  // namespace locket::codec
