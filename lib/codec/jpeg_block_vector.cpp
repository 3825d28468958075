#include "base/instruction_set.hpp"
#include "codec/jpeg_block_kernel.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/jpeg_block_vector.cpp"
#include <hwy/foreach_target.h>
// The order matters: foreach_target includes this file again for each set of instructions.
#include <hwy/highway.h>

#include <algorithm>
#include <bit>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace locket::codec::HWY_NAMESPACE {
namespace {

// There are no vectors in it, but shifts by any number of bits, which newer CPUs have as one step.
#include "codec/jpeg_bit_loop.inc"
// It builds on the bits.
#include "codec/jpeg_block_loop.inc"

}  // namespace

bool decode_units(JpegBits& bits, std::span<JpegComponentCode> components, UnitBlocks& blocks, std::uint32_t first_unit,
                  std::uint32_t units) {
  return decode_all_units(bits, components, blocks, first_unit, units);
}

}  // namespace locket::codec::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace locket::codec {

constexpr auto decode_units_builds = LOCKET_VECTOR_BUILDS(decode_units);

bool decode_units_vector(JpegBits& bits, std::span<JpegComponentCode> components, UnitBlocks& blocks,
                         std::uint32_t first_unit, std::uint32_t units) {
  return decode_units_builds.best()(bits, components, blocks, first_unit, units);
}

}  // namespace locket::codec
#endif
