#include "base/instruction_set.hpp"
#include "codec/inflate_kernel.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/inflate_vector.cpp"
#include <hwy/foreach_target.h>
// The order matters: foreach_target includes this file again for each set of instructions.
#include <hwy/highway.h>

#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace locket::codec::HWY_NAMESPACE {
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
// No vectors at all.
InflateStop inflate(InflateState& state) { return inflate_plain(state); }
#else
namespace {

namespace hn = hwy::HWY_NAMESPACE;

#include "codec/inflate_loop.inc"

constexpr hn::Full128<std::uint8_t> bytes16;
constexpr std::size_t step = 16;

/// For each distance below 16 the way to repeat that many bytes up to 16.
struct RepeatTable {
  alignas(16) std::uint8_t from[16][16];
};
constexpr RepeatTable repeat_table = [] {
  RepeatTable table{};
  for (unsigned distance = 1; distance < 16; ++distance) {
    for (unsigned i = 0; i < 16; ++i) table.from[distance][i] = static_cast<std::uint8_t>(i % distance);
  }
  return table;
}();

struct VectorCopier {
  static HWY_INLINE std::uint8_t* copy(std::uint8_t* out, std::size_t distance, std::size_t length) noexcept {
    std::uint8_t* const end = out + length;
    const std::uint8_t* from = out - distance;
    if (HWY_LIKELY(distance >= step)) {
      // Most matches are short: two steps without asking, for the loop's end is hard to foretell.
      hn::StoreU(hn::LoadU(bytes16, from), bytes16, out);
      hn::StoreU(hn::LoadU(bytes16, from + step), bytes16, out + step);
      for (std::size_t done = 2 * step; done < length; done += step) {
        hn::StoreU(hn::LoadU(bytes16, from + done), bytes16, out + done);
      }
      return end;
    }
    const auto pattern = hn::TableLookupBytes(hn::LoadU(bytes16, from), hn::Load(bytes16, repeat_table.from[distance]));
    const std::size_t whole = step - step % distance;
    do {
      hn::StoreU(pattern, bytes16, out);
      out += whole;
    } while (out < end);
    return end;
  }
};

}  // namespace

InflateStop inflate(InflateState& state) { return run_inflate<VectorCopier>(state); }

#endif
}  // namespace locket::codec::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace locket::codec {

constexpr auto inflate_builds = LOCKET_VECTOR_BUILDS(inflate);

InflateStop inflate_vector(InflateState& state) noexcept { return inflate_builds.best()(state); }

}  // namespace locket::codec
#endif
