#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/kernel.hpp"
#include "codec/chroma_sampling.hpp"

namespace locket::codec {

/// Four neighbouring blocks of coefficients, dequantised: the vectors of every CPU hold a row of one, two or four.
struct alignas(64) BlockFour {
  static constexpr std::size_t blocks = 4;
  static constexpr std::size_t side = 8;
  static constexpr std::size_t row_stride = blocks * side;

  std::array<std::int16_t, row_stride * side> coefficients{};  ///< by row, then block, then column
  std::uint8_t last = 0;  ///< above this place in the file's order (zigzag) the coefficients of all four are zero

  /// Makes all zero.
  void clear() noexcept {
    if (last == 0) {
      std::fill_n(coefficients.begin(), row_stride, std::int16_t{0});
    } else {
      coefficients.fill(0);
    }
    last = 0;
  }
};

/// So many bytes around the samples that kernels read may be read, and behind those that they write be overwritten.
inline constexpr std::size_t jpeg_margin_bytes = 192;

/// Turns four blocks into 8 rows of 32 samples, `stride_bytes` apart: the inverse DCT of Loeffler, Ligtenberg and
/// Moschytz in whole numbers, as libjpeg's "islow", with the 16-bit sums of its vector code, so that damaged
/// coefficients too give the same everywhere. Never fails. Any thread.
using InverseTransform = void (*)(const BlockFour& four, std::uint8_t* out, std::size_t stride_bytes);

/// One row of a picture before its colours are put together. Of the rows of colour one more sample than there are
/// stands at each end, like its neighbour.
struct YcbcrRow {
  const std::uint8_t* y = nullptr;
  std::array<const std::uint8_t*, 2> nearest{};  ///< rows of Cb and Cr
  std::array<const std::uint8_t*, 2> second{};   ///< the second nearest; only with `ChromaSampling::quarter`
  std::uint32_t width_px = 0;
};

/// Makes the RGB pixels of one row: colour is blended between the centres of its samples, 3 to 1 each way, as libjpeg's
/// "fancy upsampling" does, and turned by JFIF's equations. Inputs: the row; `rgb` holds 3 bytes a pixel and
/// `jpeg_margin_bytes`. Never fails. Any thread.
using YcbcrTransform = void (*)(const YcbcrRow& row, std::uint8_t* rgb);

/// The kernels to run: the fastest that this CPU has, or the plain ones. Any thread.
struct JpegTransforms {
  InverseTransform inverse;
  YcbcrTransform colour;
};

/// For one kind of sampling that has colour, or grey, whose `colour` is null. Never fails. Any thread.
[[nodiscard]] JpegTransforms jpeg_transforms(ChromaSampling sampling, Kernel kernel) noexcept;

/// The kernels without vectors.
[[nodiscard]] JpegTransforms plain_jpeg_transforms(ChromaSampling sampling) noexcept;

/// The kernels for what this CPU has.
[[nodiscard]] JpegTransforms vector_jpeg_transforms(ChromaSampling sampling) noexcept;

}  // namespace locket::codec
