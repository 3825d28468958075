#include "codec/progressive_kernel.hpp"

#include <bit>
#include <cstring>

namespace locket::codec {
namespace {

#include "codec/jpeg_bit_loop.inc"
// It builds on the bits.
#include "codec/progressive_loop.inc"

}  // namespace

bool decode_band_plain(JpegBits& bits, ProgressiveBand& band, std::span<CoefficientFour> row, std::uint32_t first_block,
                       std::uint32_t blocks) {
  return decode_band(bits, band, row, first_block, blocks);
}

ProgressiveKernel progressive_kernel(Kernel kernel) noexcept {
  return kernel == Kernel::plain ? decode_band_plain : decode_band_vector;
}

}  // namespace locket::codec
