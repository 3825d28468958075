#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace locket::codec {

/// Packs bits into bytes, the lowest bit first, as deflate wants them (RFC 1951, 3.1.1).
/// `drain` stores eight bytes whatever is held, so the room must reach seven bytes past the last one that counts.
class BitWriter {
 public:
  /// After `drain`, this many bits may be put before the next.
  static constexpr unsigned room_bits = 56;

  /// Writes to `out`, which must have room for all that will be put and 8 bytes more.
  explicit BitWriter(std::uint8_t* out) noexcept : out_(out) {}

  /// Adds the low `count` bits of `bits`; those above must be zero.
  void put(std::uint64_t bits, unsigned count) noexcept {
    held_ |= bits << held_count_;
    held_count_ += count;
  }

  /// Stores the whole bytes that are held; at most seven bits stay.
  void drain() noexcept {
    static_assert(std::endian::native == std::endian::little);
    std::memcpy(out_, &held_, sizeof held_);
    out_ += held_count_ / 8;
    held_ >>= held_count_ & ~7U;
    held_count_ &= 7;
  }

  /// Stores what is left, filled up with zeros to a whole byte, and gives the place after it.
  [[nodiscard]] std::uint8_t* finish() noexcept {
    held_count_ = (held_count_ + 7) & ~7U;
    drain();
    return out_;
  }

 private:
  std::uint8_t* out_;
  std::uint64_t held_ = 0;
  unsigned held_count_ = 0;
};

}  // namespace locket::codec
