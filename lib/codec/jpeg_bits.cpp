#include "codec/jpeg_bits.hpp"

namespace locket::codec {

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

}  // namespace locket::codec
