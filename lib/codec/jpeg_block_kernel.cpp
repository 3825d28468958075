#include "codec/jpeg_block_kernel.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace locket::codec {
namespace {

#include "codec/jpeg_bit_loop.inc"
// It builds on the bits.
#include "codec/jpeg_block_loop.inc"

}  // namespace

UnitBlocks::UnitBlocks(ChromaSampling sampling) noexcept
    : components_(sampling == ChromaSampling::grey ? 1 : 3),
      luma_{unit_width_px(sampling) / 8, unit_height_px(sampling) / 8} {}

bool decode_units_plain(JpegBits& bits, std::span<JpegComponentCode> components, UnitBlocks& blocks,
                        std::uint32_t first_unit, std::uint32_t units) {
  return decode_all_units(bits, components, blocks, first_unit, units);
}

JpegBlockKernel jpeg_block_kernel(Kernel kernel) noexcept {
  return kernel == Kernel::plain ? decode_units_plain : decode_units_vector;
}

}  // namespace locket::codec
