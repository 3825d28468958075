#include "codec/deflate_table.hpp"

#include <algorithm>
#include <numeric>

namespace locket::codec {
namespace {

using Entry = DeflateEntry;

constexpr std::size_t symbols_max = 288;

/// What a symbol means, before the bits of its code are added to both counts.
using Meanings = std::array<std::uint32_t, symbols_max>;

constexpr std::uint32_t meaning_of(std::uint32_t base, std::uint32_t extra_bits) {
  return base << Entry::value_shift | extra_bits;
}

/// RFC 1951, section 3.2.5: literals 0-255, the end 256, lengths 257-285; 286 and 287 mean nothing.
constexpr Meanings literal_meanings = [] {
  Meanings meanings{};
  for (std::uint32_t i = 0; i < 256; ++i) meanings[i] = meaning_of(i, 0) | Entry::literal;
  meanings[256] = Entry::special | Entry::end_of_block;
  std::uint32_t length = 3;
  for (std::uint32_t i = 257; i < 285; ++i) {
    const std::uint32_t extra_bits = i < 265 ? 0 : (i - 261) / 4;
    meanings[i] = meaning_of(length, extra_bits);
    length += 1U << extra_bits;
  }
  meanings[285] = meaning_of(258, 0);
  meanings[286] = meanings[287] = Entry::special;
  return meanings;
}();

/// The same section: distances 0-29; 30 and 31 mean nothing.
constexpr Meanings distance_meanings = [] {
  Meanings meanings{};
  std::uint32_t distance = 1;
  for (std::uint32_t i = 0; i < 30; ++i) {
    const std::uint32_t extra_bits = i < 4 ? 0 : (i - 2) / 2;
    meanings[i] = meaning_of(distance, extra_bits);
    distance += 1U << extra_bits;
  }
  meanings[30] = meanings[31] = Entry::special;
  return meanings;
}();

constexpr Meanings length_code_meanings = [] {
  Meanings meanings{};
  for (std::uint32_t i = 0; i < 19; ++i) meanings[i] = meaning_of(i, 0);
  return meanings;
}();

/// The symbols in the order of their codes, and how many there are of each length.
struct Code {
  std::array<std::uint16_t, deflate_code_bits_max + 1> counts{};
  std::array<std::uint16_t, symbols_max> symbols{};
};

Code sort_symbols(std::span<const std::uint8_t> bits_of_symbols) noexcept {
  Code code;
  for (const std::uint8_t bits : bits_of_symbols) ++code.counts[bits];
  std::array<std::uint16_t, deflate_code_bits_max + 2> starts{};
  for (unsigned bits = 1; bits <= deflate_code_bits_max; ++bits) {
    starts[bits + 1] = static_cast<std::uint16_t>(starts[bits] + code.counts[bits]);
  }
  for (std::size_t symbol = 0; symbol < bits_of_symbols.size(); ++symbol) {
    const std::uint8_t bits = bits_of_symbols[symbol];
    if (bits != 0) code.symbols[starts[bits]++] = static_cast<std::uint16_t>(symbol);
  }
  return code;
}

/// How the codes fill the room that 15 bits give.
enum class Fill : std::uint8_t { whole, none, single, other };

Fill fill_of(const Code& code) noexcept {
  std::uint32_t room = 1;
  std::uint32_t codes = 0;
  for (unsigned bits = 1; bits <= deflate_code_bits_max; ++bits) {
    room *= 2;
    if (code.counts[bits] > room) return Fill::other;
    room -= code.counts[bits];
    codes += code.counts[bits];
  }
  if (room == 0) return Fill::whole;
  if (codes == 0) return Fill::none;
  return codes == 1 && code.counts[1] == 1 ? Fill::single : Fill::other;
}

/// The codeword after `word` of so many bits, whose first bit is the lowest as in the stream.
std::uint32_t next_word(std::uint32_t word, unsigned bits) noexcept {
  std::uint32_t bit = 1U << (bits - 1);
  while ((word & bit) != 0) bit >>= 1;
  return bit == 0 ? 0 : (word & (bit - 1)) | bit;
}

std::uint32_t entry_of(std::uint32_t meaning, unsigned bits) noexcept { return meaning + (bits << 8) + bits; }

class Filler {
 public:
  Filler(std::span<std::uint32_t> entries, unsigned root_bits, const Meanings& meanings, const Code& code) noexcept
      : entries_(entries), root_bits_(root_bits), meanings_(meanings), code_(code) {}

  bool fill() noexcept {
    fill_root();
    return fill_second_tables();
  }

 private:
  /// Grows the root from 2 entries, copying it onto itself for each further bit: what was not filled yet is what
  /// longer codes are going to fill.
  void fill_root() noexcept {
    entries_[0] = Entry::special;
    for (unsigned bits = 1; bits <= root_bits_; ++bits) {
      const auto half = entries_.first(std::size_t{1} << (bits - 1));
      std::copy(half.begin(), half.end(), entries_.begin() + static_cast<std::ptrdiff_t>(half.size()));
      for (unsigned i = 0; i < code_.counts[bits]; ++i) {
        entries_[word_] = entry_of(meanings_[code_.symbols[next_++]], bits);
        word_ = next_word(word_, bits);
      }
    }
  }

  bool fill_second_tables() noexcept {
    std::size_t end = std::size_t{1} << root_bits_;
    std::size_t start = end;
    std::uint32_t root = ~0U;
    unsigned second_bits = 0;
    for (unsigned bits = root_bits_ + 1; bits <= deflate_code_bits_max; ++bits) {
      for (unsigned i = 0; i < code_.counts[bits]; ++i) {
        if ((word_ & ((1U << root_bits_) - 1)) != root) {
          root = word_ & ((1U << root_bits_) - 1);
          second_bits = second_bits_from(bits, code_.counts[bits] - i);
          start = end;
          end += std::size_t{1} << second_bits;
          if (end > entries_.size()) return false;
          std::fill(entries_.begin() + static_cast<std::ptrdiff_t>(start),
                    entries_.begin() + static_cast<std::ptrdiff_t>(end), Entry::special);
          entries_[root] = Entry::special | Entry::second_table |
                           static_cast<std::uint32_t>(start) << Entry::value_shift | second_bits << 8 | root_bits_;
        }
        const std::uint32_t entry = entry_of(meanings_[code_.symbols[next_++]], bits - root_bits_);
        const std::size_t step = std::size_t{1} << (bits - root_bits_);
        for (std::size_t at = start + (word_ >> root_bits_); at < end; at += step) entries_[at] = entry;
        word_ = next_word(word_, bits);
      }
    }
    return true;
  }

  /// How many bits the second table needs whose first code has `bits` bits, `left` codes of that length being left.
  [[nodiscard]] unsigned second_bits_from(unsigned bits, unsigned left) const noexcept {
    unsigned second_bits = bits - root_bits_;
    unsigned used = left;
    while (used < (1U << second_bits) && root_bits_ + second_bits < deflate_code_bits_max) {
      ++second_bits;
      used = 2 * used + code_.counts[root_bits_ + second_bits];
    }
    return second_bits;
  }

  std::span<std::uint32_t> entries_;
  unsigned root_bits_;
  const Meanings& meanings_;
  const Code& code_;
  std::uint32_t word_ = 0;
  std::size_t next_ = 0;
};

}  // namespace

bool fill_table(LiteralTable& table, std::span<const std::uint8_t> bits_of_symbols) noexcept {
  const Code code = sort_symbols(bits_of_symbols);
  if (fill_of(code) == Fill::other || bits_of_symbols.size() < 257 || bits_of_symbols[256] == 0) return false;
  return Filler(table.entries, LiteralTable::root_bits, literal_meanings, code).fill();
}

bool fill_table(DistanceTable& table, std::span<const std::uint8_t> bits_of_symbols) noexcept {
  const Code code = sort_symbols(bits_of_symbols);
  if (fill_of(code) == Fill::other) return false;
  return Filler(table.entries, DistanceTable::root_bits, distance_meanings, code).fill();
}

bool fill_table(LengthCodeTable& table, std::span<const std::uint8_t> bits_of_symbols) noexcept {
  const Code code = sort_symbols(bits_of_symbols);
  if (fill_of(code) != Fill::whole) return false;
  return Filler(table.entries, LengthCodeTable::root_bits, length_code_meanings, code).fill();
}

bool is_worth_pairing(std::span<const std::uint8_t> bits_of_symbols) noexcept {
  constexpr std::uint32_t all = 1U << deflate_code_bits_max;
  std::uint32_t share = 0;
  for (const std::uint8_t bits : bits_of_symbols.first(256)) share += bits == 0 ? 0 : all >> bits;
  return share > all / 2;
}

// From the last entry down: what an entry looks up stands before it and is not paired yet. Without branches, which
// nobody could foretell.
void pair_literals(LiteralTable& table) noexcept {
  auto& entries = table.entries;
  for (std::uint32_t at = 1U << LiteralTable::root_bits; at-- > 0;) {
    const std::uint32_t first = entries[at];
    const std::uint32_t second = entries[at >> (first & 31)];
    const std::uint32_t both_bits = (first & 63) + (second & 63);
    const std::uint32_t fits = (LiteralTable::root_bits - both_bits) >> 31 ^ 1;
    const std::uint32_t pairs = 0U - (fits & (first & second) / Entry::literal);
    const std::uint32_t added = ((second & 0x00FF'0000) << 8) + Entry::pair + (second & 63);
    entries[at] = first + (added & pairs);
  }
}

}  // namespace locket::codec
