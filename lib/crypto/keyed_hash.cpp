#include "crypto/keyed_hash.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "crypto/openssl.hpp"

namespace locket::crypto {
namespace {

__extension__ using Wide = unsigned __int128;
using Limbs = KeyedHash::Limbs;

constexpr std::size_t block_bytes = 16;

// Numbers below 2^130 or so stand in limbs of 44, 44 and 42 bits, which leaves room for sums of products.
constexpr int limb_bits = 44;
constexpr int last_limb_bits = 42;
constexpr std::uint64_t limb_mask = (std::uint64_t{1} << limb_bits) - 1;
constexpr std::uint64_t last_limb_mask = (std::uint64_t{1} << last_limb_bits) - 1;
constexpr std::uint64_t whole_block = 1;  // what stands above its 16 bytes, at 2^128

std::uint64_t little_endian(const void* bytes) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return std::endian::native == std::endian::little ? word : __builtin_bswap64(word);
}

Limbs limbs_of(std::uint64_t lower, std::uint64_t upper, std::uint64_t above) noexcept {
  return {lower & limb_mask, (lower >> limb_bits | upper << (64 - limb_bits)) & limb_mask, upper >> 24 | above << 40};
}

Limbs limbs_of(const std::byte* block, std::uint64_t above) noexcept {
  return limbs_of(little_endian(block), little_endian(block + 8), above);
}

Limbs operator+(const Limbs& one, const Limbs& other) noexcept {
  return {one[0] + other[0], one[1] + other[1], one[2] + other[2]};
}

// A sum of products modulo 2^130 - 5, where 2^132 counts for 20.
class Products {
 public:
  void add(const Limbs& one, const Limbs& other) noexcept {
    const std::uint64_t folded[] = {20 * other[1], 20 * other[2]};
    sums_[0] += Wide{one[0]} * other[0] + Wide{one[1]} * folded[1] + Wide{one[2]} * folded[0];
    sums_[1] += Wide{one[0]} * other[1] + Wide{one[1]} * other[0] + Wide{one[2]} * folded[1];
    sums_[2] += Wide{one[0]} * other[2] + Wide{one[1]} * other[1] + Wide{one[2]} * other[0];
  }

  // The sum, of which the second limb may have a bit or two more than it should.
  Limbs carried() const noexcept {
    const Wide second = sums_[1] + (sums_[0] >> limb_bits);
    const Wide third = sums_[2] + (second >> limb_bits);
    const std::uint64_t first =
        (static_cast<std::uint64_t>(sums_[0]) & limb_mask) + 5 * static_cast<std::uint64_t>(third >> last_limb_bits);
    return {first & limb_mask, (static_cast<std::uint64_t>(second) & limb_mask) + (first >> limb_bits),
            static_cast<std::uint64_t>(third) & last_limb_mask};
  }

 private:
  Wide sums_[3]{};
};

Limbs product(const Limbs& one, const Limbs& other) noexcept {
  Products products;
  products.add(one, other);
  return products.carried();
}

// Adds the whole blocks of a piece, two at a time where it has as many: the multiplications of the second need not wait
// for those of the first. Result: what is left of the piece.
BytesView add_blocks(Limbs& sum, BytesView bytes, const Limbs& multiplier, const Limbs& square) noexcept {
  for (; bytes.size() >= 2 * block_bytes; bytes = bytes.subspan(2 * block_bytes)) {
    Products products;
    products.add(sum + limbs_of(bytes.data(), whole_block), square);
    products.add(limbs_of(bytes.data() + block_bytes, whole_block), multiplier);
    sum = products.carried();
  }
  if (bytes.size() < block_bytes) return bytes;
  sum = product(sum + limbs_of(bytes.data(), whole_block), multiplier);
  return bytes.subspan(block_bytes);
}

// Carries what is over through all limbs.
Limbs settled(const Limbs& sum) noexcept {
  const std::uint64_t second = sum[1] + (sum[0] >> limb_bits);
  const std::uint64_t third = sum[2] + (second >> limb_bits);
  return {(sum[0] & limb_mask) + 5 * (third >> last_limb_bits), second & limb_mask, third & last_limb_mask};
}

// The sum modulo 2^130 - 5, the lower 128 bits of it plus the addend.
KeyedTag finished(const Limbs& sum, const std::array<std::uint64_t, 2>& addend) noexcept {
  const Limbs whole = settled(settled(sum));
  // At or above the modulus where adding 5 reaches 2^130; what then lies above that is the rest.
  const std::uint64_t first = whole[0] + 5;
  const std::uint64_t second = whole[1] + (first >> limb_bits);
  const std::uint64_t third = whole[2] + (second >> limb_bits);
  const std::uint64_t is_over = 0 - (third >> last_limb_bits);
  const auto choose = [&](std::uint64_t rest, std::uint64_t kept) { return (rest & is_over) | (kept & ~is_over); };
  const Limbs reduced{choose(first & limb_mask, whole[0]), choose(second & limb_mask, whole[1]),
                      choose(third & last_limb_mask, whole[2])};
  const Wide lower = Wide{reduced[0] | reduced[1] << limb_bits} + addend[0];
  const std::uint64_t upper =
      (reduced[1] >> 20 | reduced[2] << 24) + addend[1] + static_cast<std::uint64_t>(lower >> 64);
  KeyedTag tag;
  for (std::size_t i = 0; i < 8; ++i) {
    tag[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(lower) >> 8 * i);
    tag[i + 8] = static_cast<std::uint8_t>(upper >> 8 * i);
  }
  return tag;
}

}  // namespace

KeyedHash::KeyedHash() {
  const ErrorScope scope;
  Key key;
  if (RAND_priv_bytes(key.data(), static_cast<int>(key.size())) != 1) throw std::bad_alloc();
  take(key);
  OPENSSL_cleanse(key.data(), key.size());
}

KeyedHash::KeyedHash(const Key& key) noexcept { take(key); }

KeyedHash::~KeyedHash() {
  OPENSSL_cleanse(multiplier_.data(), sizeof multiplier_);
  OPENSSL_cleanse(square_.data(), sizeof square_);
  OPENSSL_cleanse(addend_.data(), sizeof addend_);
}

void KeyedHash::take(const Key& key) noexcept {
  multiplier_ = limbs_of(little_endian(&key[0]) & 0x0FFFFFFC0FFFFFFF, little_endian(&key[8]) & 0x0FFFFFFC0FFFFFFC, 0);
  square_ = product(multiplier_, multiplier_);
  addend_ = {little_endian(&key[16]), little_endian(&key[24])};
}

KeyedTag KeyedHash::hash(BytesView first, BytesView second) const noexcept {
  Limbs sum{};
  std::array<std::byte, block_bytes> block{};
  const BytesView left = add_blocks(sum, first, multiplier_, square_);
  std::ranges::copy(left, block.begin());
  std::size_t filled = left.size();
  if (filled > 0) {  // the block in which both pieces meet
    const std::size_t more = std::min(second.size(), block_bytes - filled);
    std::ranges::copy(second.first(more), block.begin() + static_cast<std::ptrdiff_t>(filled));
    second = second.subspan(more);
    filled += more;
    if (filled == block_bytes) filled = add_blocks(sum, block, multiplier_, square_).size();
  }
  if (filled == 0) {
    const BytesView last = add_blocks(sum, second, multiplier_, square_);
    block.fill(std::byte{0});
    std::ranges::copy(last, block.begin());
    filled = last.size();
  }
  if (filled > 0) {
    block[filled] = std::byte{1};
    sum = product(sum + limbs_of(block.data(), 0), multiplier_);
  }
  return finished(sum, addend_);
}

}  // namespace locket::crypto
