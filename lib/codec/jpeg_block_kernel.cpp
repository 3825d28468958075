#include "codec/jpeg_block_kernel.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace locket::codec {
namespace {

#include "codec/jpeg_block_loop.inc"

}  // namespace

UnitBlocks::UnitBlocks(ChromaSampling sampling) noexcept
    : components_(sampling == ChromaSampling::grey ? 1 : 3),
      luma_{unit_width_px(sampling) / 8, unit_height_px(sampling) / 8} {}

void refill_slowly(JpegBits& in) noexcept {
  while (in.count < 56) {
    std::uint64_t byte = *in.next;
    if (byte != 0xFF) {
      ++in.next;
    } else if (in.next[1] == 0) {
      in.next += 2;
    } else {
      byte = 0;
      in.invented += 8;
    }
    in.bits |= byte << (56 - in.count);
    in.count += 8;
  }
}

bool decode_units_plain(JpegBits& bits, std::span<JpegComponentCode> components, UnitBlocks& blocks,
                        std::uint32_t first_unit, std::uint32_t units) {
  return decode_all_units(bits, components, blocks, first_unit, units);
}

JpegBlockKernel jpeg_block_kernel(Kernel kernel) noexcept {
  return kernel == Kernel::plain ? decode_units_plain : decode_units_vector;
}

}  // namespace locket::codec
