#include "codec/huffman_code.hpp"

#include <algorithm>
#include <array>

namespace locket::codec {
namespace {

constexpr unsigned length_limit_max = 15;
constexpr unsigned symbol_bits = 9;  // of a sort key: the symbol below its frequency

using Keys = std::array<std::uint64_t, huffman_symbols_max>;
using LengthCounts = std::array<std::uint32_t, 64>;

std::size_t sorted_symbols(std::span<const std::uint32_t> frequencies, Keys& keys) noexcept {
  std::size_t count = 0;
  for (std::size_t symbol = 0; symbol < frequencies.size(); ++symbol) {
    if (frequencies[symbol] != 0) keys[count++] = std::uint64_t{frequencies[symbol]} << symbol_bits | symbol;
  }
  std::sort(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(count));
  return count;
}

/// Turns `weights`, in ascending order, into the depths of the leaves of their Huffman tree, in place.
void depths_of(std::span<std::uint64_t> weights) noexcept {
  const std::size_t count = weights.size();
  // Pair the two lightest, leaf or inner node; an inner node's weight is then replaced by the place of its parent.
  std::size_t leaf = 0;
  std::size_t root = 0;
  for (std::size_t next = 0; next + 1 < count; ++next) {
    const auto take = [&] {
      const bool inner = leaf >= count || (root < next && weights[root] < weights[leaf]);
      if (!inner) return weights[leaf++];
      const std::uint64_t weight = weights[root];
      weights[root++] = next;
      return weight;
    };
    const std::uint64_t first = take();
    weights[next] = first + take();
  }
  // From parents to depths of the inner nodes, the root first.
  weights[count - 2] = 0;
  for (std::size_t next = count - 2; next-- > 0;) weights[next] = weights[weights[next]] + 1;
  // From the counts of inner nodes at each depth to the depths of the leaves, the lightest (deepest) at the front.
  std::size_t free_nodes = 1;
  std::uint64_t depth = 0;
  std::size_t inner = count - 1;
  std::size_t at = count;
  while (free_nodes > 0) {
    std::size_t used = 0;
    while (inner > 0 && weights[inner - 1] == depth) {
      ++used;
      --inner;
    }
    for (; free_nodes > used; --free_nodes) weights[--at] = depth;
    free_nodes = 2 * used;
    ++depth;
  }
}

/// Moves words from beyond the limit to it, then lengthens shorter words until all fit.
void limit_lengths(LengthCounts& counts, unsigned length_max) noexcept {
  std::uint64_t used = 0;  // of 2^length_max
  for (unsigned length = length_max + 1; length < counts.size(); ++length) {
    counts[length_max] += counts[length];
    counts[length] = 0;
  }
  for (unsigned length = 1; length <= length_max; ++length) {
    used += std::uint64_t{counts[length]} << (length_max - length);
  }
  for (; used > std::uint64_t{1} << length_max; --used) {
    unsigned length = length_max - 1;
    while (counts[length] == 0) --length;
    // One word of this length makes room for itself and one of the longest, both one bit longer than it was.
    --counts[length];
    counts[length + 1] += 2;
    --counts[length_max];
  }
}

}  // namespace

void find_code_lengths(std::span<const std::uint32_t> frequencies, unsigned length_max,
                       std::span<std::uint8_t> lengths) noexcept {
  Keys keys;
  const std::size_t count = sorted_symbols(frequencies, keys);
  std::fill(lengths.begin(), lengths.end(), std::uint8_t{0});
  if (count < 2) {
    const std::size_t only = count == 0 ? 0 : keys[0] & ((1U << symbol_bits) - 1);
    lengths[only] = 1;
    lengths[only == 0 ? 1 : 0] = 1;
    return;
  }
  Keys weights;
  for (std::size_t at = 0; at < count; ++at) weights[at] = keys[at] >> symbol_bits;
  depths_of(std::span(weights).first(count));
  LengthCounts counts{};
  for (std::size_t at = 0; at < count; ++at) ++counts[weights[at]];
  limit_lengths(counts, length_max);
  std::size_t at = 0;
  for (unsigned length = length_max; length > 0; --length) {
    for (std::uint32_t left = counts[length]; left > 0; --left) {
      lengths[keys[at++] & ((1U << symbol_bits) - 1)] = static_cast<std::uint8_t>(length);
    }
  }
}

void assign_code_words(std::span<const std::uint8_t> lengths, std::span<std::uint16_t> words) noexcept {
  std::array<std::uint16_t, length_limit_max + 2> next{};
  for (const std::uint8_t length : lengths) ++next[length + std::size_t{1}];
  next[1] = 0;  // symbols without a word take no room
  for (unsigned length = 2; length <= length_limit_max; ++length) {
    next[length] = static_cast<std::uint16_t>((next[length - 1] + next[length]) << 1);
  }
  for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
    const unsigned length = lengths[symbol];
    if (length == 0) continue;
    unsigned word = next[length]++;
    unsigned reversed = 0;
    for (unsigned bit = 0; bit < length; ++bit, word >>= 1) reversed = reversed << 1 | (word & 1);
    words[symbol] = static_cast<std::uint16_t>(reversed);
  }
}

}  // namespace locket::codec
