#include "codec/huffman_code.hpp"

#include <algorithm>
#include <array>

namespace locket::codec {
namespace {

constexpr unsigned code_bits_max = 15;

/// The used symbols, the rarest first; equally rare ones by their number, so that the order is one everywhere.
struct SortedSymbols {
  std::array<std::uint64_t, huffman_symbols_max> keys;  ///< count, then symbol
  std::size_t count = 0;

  explicit SortedSymbols(std::span<const std::uint32_t> counts) noexcept {
    std::uint32_t seen = 0;
    for (std::size_t symbol = 0; symbol < counts.size(); ++symbol) {
      if (counts[symbol] != 0) keys[count++] = std::uint64_t{counts[symbol]} << 16 | symbol;
      seen |= counts[symbol];
    }
    // Digit by digit, the lowest first: comparing would mispredict every other time.
    for (unsigned digit = 0; digit < 32 && seen >> digit != 0; digit += 8) sort_by_digit(16 + digit);
  }

 private:
  /// Keeps the order of those that are equal in the eight bits from `shift` on.
  void sort_by_digit(unsigned shift) noexcept {
    std::array<std::uint16_t, 257> starts{};
    for (std::size_t i = 0; i < count; ++i) ++starts[(keys[i] >> shift & 0xFF) + 1];
    for (std::size_t digit = 1; digit < starts.size(); ++digit) {
      starts[digit] = static_cast<std::uint16_t>(starts[digit] + starts[digit - 1]);
    }
    std::array<std::uint64_t, huffman_symbols_max> sorted;
    for (std::size_t i = 0; i < count; ++i) sorted[starts[keys[i] >> shift & 0xFF]++] = keys[i];
    std::copy_n(sorted.begin(), count, keys.begin());
  }
};

/// How many codes there are of each count of bits.
using BitCounts = std::array<std::uint32_t, code_bits_max + 1>;

/// Builds Huffman's tree from sorted counts with two queues: the leaves, and the inner nodes in the order of their
/// making. Gives how many leaves hang at each depth; deeper than `bits_max` count as `bits_max`.
BitCounts leaves_by_depth(const SortedSymbols& sorted, unsigned bits_max) noexcept {
  std::array<std::uint32_t, huffman_symbols_max> weight;
  std::array<std::uint16_t, huffman_symbols_max> parent;  // of inner nodes
  std::array<std::uint16_t, huffman_symbols_max> leaf_parent;
  std::size_t leaf = 0;
  std::size_t inner = 0;
  const std::size_t inner_count = sorted.count - 1;
  for (std::size_t node = 0; node < inner_count; ++node) {
    weight[node] = 0;
    for (int child = 0; child < 2; ++child) {
      const bool take_leaf = leaf < sorted.count && (inner == node || sorted.keys[leaf] >> 16 <= weight[inner]);
      weight[node] += take_leaf ? static_cast<std::uint32_t>(sorted.keys[leaf] >> 16) : weight[inner];
      (take_leaf ? leaf_parent[leaf++] : parent[inner++]) = static_cast<std::uint16_t>(node);
    }
  }
  std::array<std::uint16_t, huffman_symbols_max> depth;
  depth[inner_count - 1] = 0;
  for (std::size_t node = inner_count - 1; node-- > 0;)
    depth[node] = static_cast<std::uint16_t>(depth[parent[node]] + 1);
  BitCounts counts{};
  for (std::size_t i = 0; i < sorted.count; ++i) ++counts[std::min<unsigned>(depth[leaf_parent[i]] + 1U, bits_max)];
  return counts;
}

/// Lengthens codes until as many fit as there are: codes that were cut to `bits_max` take more room than there is.
void make_room(BitCounts& counts, unsigned bits_max) noexcept {
  std::uint64_t taken = 0;  // in units of the longest code
  for (unsigned bits = 1; bits <= bits_max; ++bits) taken += std::uint64_t{counts[bits]} << (bits_max - bits);
  for (; taken > std::uint64_t{1} << bits_max; --taken) {
    // One code of the longest goes to the side of a shorter one, which grows by a bit.
    unsigned shorter = bits_max - 1;
    while (counts[shorter] == 0) --shorter;
    --counts[shorter];
    counts[shorter + 1] += 2;
    --counts[bits_max];
  }
}

/// The lowest bits, the last of them first.
std::uint16_t reversed(std::uint32_t code, unsigned bits) noexcept {
  code = (code >> 1 & 0x5555) | (code & 0x5555) << 1;
  code = (code >> 2 & 0x3333) | (code & 0x3333) << 2;
  code = (code >> 4 & 0x0F0F) | (code & 0x0F0F) << 4;
  code = (code >> 8 & 0x00FF) | (code & 0x00FF) << 8;
  return static_cast<std::uint16_t>(code >> (16 - bits));
}

}  // namespace

void choose_code_bits(std::span<const std::uint32_t> counts, unsigned bits_max, std::span<std::uint8_t> bits) noexcept {
  std::fill(bits.begin(), bits.end(), std::uint8_t{0});
  const SortedSymbols sorted(counts);
  if (sorted.count == 0) return;
  if (sorted.count == 1) {
    bits[sorted.keys[0] & 0xFFFF] = 1;
    return;
  }
  BitCounts lengths = leaves_by_depth(sorted, bits_max);
  make_room(lengths, bits_max);
  std::size_t next = 0;
  for (unsigned length = bits_max; length >= 1; --length) {
    for (std::uint32_t i = 0; i < lengths[length]; ++i) {
      bits[sorted.keys[next++] & 0xFFFF] = static_cast<std::uint8_t>(length);
    }
  }
}

void make_codes(std::span<const std::uint8_t> bits, std::span<HuffmanCode> codes) noexcept {
  BitCounts counts{};
  for (const std::uint8_t length : bits) ++counts[length];
  counts[0] = 0;
  std::array<std::uint32_t, code_bits_max + 2> next{};
  for (unsigned length = 1; length <= code_bits_max; ++length) next[length + 1] = (next[length] + counts[length]) << 1;
  for (std::size_t symbol = 0; symbol < bits.size(); ++symbol) {
    const std::uint8_t length = bits[symbol];
    codes[symbol] = {length == 0 ? std::uint16_t{0} : reversed(next[length]++, length), length};
  }
}

}  // namespace locket::codec
