#include "base/instruction_set.hpp"
#include "codec/progressive_kernel.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/progressive_vector.cpp"
#include <hwy/foreach_target.h>
// The order matters: foreach_target includes this file again for each set of instructions.
#include <hwy/highway.h>

#include <bit>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace locket::codec::HWY_NAMESPACE {
namespace {

// There are no vectors in it, but shifts by any number of bits, which newer CPUs have as one step. Depositing bits is
// slow on some that have no more than AVX2.
#undef LOCKET_DEPOSITS_BITS
#if HWY_ARCH_X86_64 && HWY_TARGET <= HWY_AVX3
#define LOCKET_DEPOSITS_BITS
inline std::uint64_t deposited(std::uint64_t bits, std::uint64_t marks) noexcept { return _pdep_u64(bits, marks); }
#endif

#include "codec/jpeg_bit_loop.inc"
// It builds on the bits.
#include "codec/progressive_loop.inc"

}  // namespace

bool decode_some(JpegBits& bits, ProgressiveBand& band, std::span<CoefficientFour> row, std::uint32_t first_block,
                 std::uint32_t blocks) {
  return decode_band(bits, band, row, first_block, blocks);
}

}  // namespace locket::codec::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace locket::codec {

constexpr auto decode_some_builds = LOCKET_VECTOR_BUILDS(decode_some);

bool decode_band_vector(JpegBits& bits, ProgressiveBand& band, std::span<CoefficientFour> row,
                        std::uint32_t first_block, std::uint32_t blocks) {
  return decode_some_builds.best()(bits, band, row, first_block, blocks);
}

}  // namespace locket::codec
#endif
