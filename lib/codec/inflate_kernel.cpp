#include "codec/inflate_kernel.hpp"

#include <bit>
#include <cstring>

namespace locket::codec {
namespace {

static_assert(std::endian::native == std::endian::little, "the stream's bits are read with plain loads");

#include "codec/inflate_loop.inc"

struct PlainCopier {
  static std::uint8_t* copy(std::uint8_t* out, std::size_t distance, std::size_t length) noexcept {
    const std::uint8_t* from = out - distance;
    for (std::size_t i = 0; i < length; ++i) out[i] = from[i];
    return out + length;
  }
};

}  // namespace

InflateStop inflate_plain(InflateState& state) noexcept { return run_inflate<PlainCopier>(state); }

InflateKernel inflate_kernel(Kernel kernel) noexcept {
  return kernel == Kernel::plain ? inflate_plain : inflate_vector;
}

}  // namespace locket::codec
