#include "codec/deflate_block.hpp"

#include <algorithm>
#include <bit>

#include "codec/huffman_code.hpp"

namespace locket::codec {
namespace {

// 14 of the 15 bits that deflate allows: four literals then fit into one drain.
constexpr unsigned word_bits_max = 14;
constexpr unsigned header_word_bits_max = 7;
constexpr std::size_t header_symbols = 19;
constexpr std::array<std::uint8_t, header_symbols> header_order{16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                                11, 4,  12, 3, 13, 2, 14, 1, 15};

constexpr std::size_t length_symbol_count = 29;
constexpr std::array<std::uint16_t, length_symbol_count> length_bases{
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
constexpr std::array<std::uint8_t, length_symbol_count> length_extra{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                                     2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};

constexpr auto length_slots = [] {
  std::array<std::uint8_t, match_bytes_max + 1> slots{};
  std::uint8_t slot = 0;
  for (std::size_t length = match_bytes_min; length <= match_bytes_max; ++length) {
    while (slot + 1U < length_symbol_count && length >= length_bases[slot + 1U]) ++slot;
    slots[length] = slot;
  }
  return slots;
}();

std::size_t distance_base(std::size_t symbol) noexcept {
  return symbol < 4 ? symbol + 1 : ((2 + symbol % 2) << distance_extra_bits(symbol)) + 1;
}

/// 256 * log2(1 + i / 256), by repeated squaring: each squaring doubles the logarithm and gives its next bit.
constexpr auto log2_fractions = [] {
  std::array<std::uint16_t, 256> fractions{};
  for (std::uint64_t i = 0; i < fractions.size(); ++i) {
    std::uint64_t value = (256 + i) << 22;  // 1.0 is 2^30
    unsigned fraction = 0;
    for (int bit = 0; bit < 8; ++bit) {
      value = value * value >> 30;
      fraction <<= 1;
      if (value >= std::uint64_t{1} << 31) {
        value >>= 1;
        fraction |= 1;
      }
    }
    fractions[i] = static_cast<std::uint16_t>(fraction);
  }
  return fractions;
}();

std::uint64_t entropy_256(std::span<const std::uint32_t> counts) noexcept {
  std::uint64_t total = 0;
  std::uint64_t known = 0;
  for (const std::uint32_t count : counts) {
    if (count == 0) continue;
    total += count;
    known += std::uint64_t{count} * log2_256(count);
  }
  return total == 0 ? 0 : total * log2_256(static_cast<std::uint32_t>(total)) - known;
}

/// The two codes of a block.
struct BlockCode {
  std::array<std::uint8_t, 288> literal_length_bits{};
  std::array<std::uint8_t, 32> distance_bits{};
  std::array<std::uint16_t, 288> literal_length_words{};
  std::array<std::uint16_t, 32> distance_words{};

  void assign_words() noexcept {
    assign_code_words(literal_length_bits, literal_length_words);
    assign_code_words(distance_bits, distance_words);
  }

  /// The bits that symbols take, but for extra bits, which no code changes.
  [[nodiscard]] std::uint64_t cost(const SymbolCounts& counts) const noexcept {
    std::uint64_t bits = 0;
    for (std::size_t symbol = 0; symbol < counts.literal_length.size(); ++symbol) {
      bits += std::uint64_t{counts.literal_length[symbol]} * literal_length_bits[symbol];
    }
    for (std::size_t symbol = 0; symbol < counts.distance.size(); ++symbol) {
      bits += std::uint64_t{counts.distance[symbol]} * distance_bits[symbol];
    }
    return bits;
  }
};

const BlockCode& fixed_code() noexcept {
  static const BlockCode code = [] {
    BlockCode fixed;
    for (std::size_t symbol = 0; symbol < fixed.literal_length_bits.size(); ++symbol) {
      fixed.literal_length_bits[symbol] = symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8;
    }
    fixed.distance_bits.fill(5);
    fixed.assign_words();
    return fixed;
  }();
  return code;
}

/// The lengths of a block's two codes, as its header holds them: runs shortened, then coded.
class CodeHeader {
 public:
  explicit CodeHeader(const BlockCode& code) noexcept {
    while (literal_length_count_ > 257 && code.literal_length_bits[literal_length_count_ - 1] == 0) {
      --literal_length_count_;
    }
    while (distance_count_ > 1 && code.distance_bits[distance_count_ - 1] == 0) --distance_count_;
    std::array<std::uint8_t, literal_length_symbols + distance_symbols> lengths;
    const auto end = std::copy_n(code.literal_length_bits.begin(), literal_length_count_, lengths.begin());
    std::copy_n(code.distance_bits.begin(), distance_count_, end);
    shorten(std::span(lengths).first(literal_length_count_ + distance_count_));
    find_code_lengths(counts_, header_word_bits_max, bits_);
    while (order_count_ > 4 && bits_[header_order[order_count_ - 1]] == 0) --order_count_;
  }

  [[nodiscard]] std::uint64_t cost() const noexcept {
    std::uint64_t bits = 14 + 3 * order_count_;
    for (std::size_t symbol = 0; symbol < header_symbols; ++symbol) {
      bits += std::uint64_t{counts_[symbol]} * (bits_[symbol] + extra_bits(symbol));
    }
    return bits;
  }

  void write(BitWriter& writer) const noexcept {
    writer.put(literal_length_count_ - 257, 5);
    writer.put(distance_count_ - 1, 5);
    writer.put(order_count_ - 4, 4);
    writer.drain();
    for (std::size_t at = 0; at < order_count_; ++at) {
      writer.put(bits_[header_order[at]], 3);
      writer.drain();
    }
    std::array<std::uint16_t, header_symbols> words{};
    assign_code_words(bits_, words);
    for (std::size_t at = 0; at < item_count_; ++at) {
      const Item item = items_[at];
      writer.put(words[item.symbol], bits_[item.symbol]);
      writer.put(item.extra, extra_bits(item.symbol));
      writer.drain();
    }
  }

 private:
  struct Item {
    std::uint8_t symbol;
    std::uint8_t extra;
  };

  static constexpr unsigned extra_bits(std::size_t symbol) noexcept {
    return symbol == 16 ? 2 : symbol == 17 ? 3 : symbol == 18 ? 7 : 0;
  }

  void add(std::size_t symbol, std::size_t extra) noexcept {
    items_[item_count_++] = {static_cast<std::uint8_t>(symbol), static_cast<std::uint8_t>(extra)};
    ++counts_[symbol];
  }

  void shorten(std::span<const std::uint8_t> lengths) noexcept {
    for (std::size_t at = 0; at < lengths.size();) {
      const std::uint8_t length = lengths[at];
      std::size_t run = 1;
      while (at + run < lengths.size() && lengths[at + run] == length) ++run;
      at += run;
      if (length != 0) {
        add(length, 0);
        --run;
      }
      while (run >= 3) {
        const std::size_t taken = std::min<std::size_t>(run, length != 0 ? 6 : run >= 11 ? 138 : 10);
        add(length != 0 ? 16 : taken >= 11 ? 18 : 17, taken - (taken >= 11 ? 11 : 3));
        run -= taken;
      }
      for (; run > 0; --run) add(length, 0);
    }
  }

  std::size_t literal_length_count_ = literal_length_symbols;
  std::size_t distance_count_ = distance_symbols;
  std::size_t order_count_ = header_symbols;
  std::size_t item_count_ = 0;
  std::array<Item, literal_length_symbols + distance_symbols> items_;
  std::array<std::uint32_t, header_symbols> counts_{};
  std::array<std::uint8_t, header_symbols> bits_{};
};

/// A word, and how many bits it has.
struct Word {
  std::uint32_t bits;
  std::uint32_t count;
};

/// What the inner loop looks up: words, those of lengths together with their extra bits.
struct WordTables {
  std::array<Word, 256> literals;
  std::array<Word, match_bytes_max + 1> lengths;
  std::array<Word, distance_symbols> distances;

  explicit WordTables(const BlockCode& code) noexcept {
    for (std::size_t byte = 0; byte < literals.size(); ++byte) {
      literals[byte] = {code.literal_length_words[byte], code.literal_length_bits[byte]};
    }
    for (std::size_t length = match_bytes_min; length < lengths.size(); ++length) {
      const std::size_t slot = length_slots[length];
      const unsigned bits = code.literal_length_bits[length_symbols_first + slot];
      const auto extra = static_cast<std::uint32_t>(length - length_bases[slot]);
      lengths[length] = {code.literal_length_words[length_symbols_first + slot] | extra << bits,
                         bits + length_extra[slot]};
    }
    for (std::size_t symbol = 0; symbol < distances.size(); ++symbol) {
      distances[symbol] = {code.distance_words[symbol], code.distance_bits[symbol]};
    }
  }
};

const std::uint8_t* write_literals(BitWriter& writer, const WordTables& tables, const std::uint8_t* literal,
                                   std::size_t count) noexcept {
  static_assert(4 * word_bits_max <= BitWriter::room_bits);
  const auto put = [&](std::uint8_t byte) {
    const Word word = tables.literals[byte];
    writer.put(word.bits, word.count);
  };
  for (; count >= 4; count -= 4, literal += 4) {
    put(literal[0]);
    put(literal[1]);
    put(literal[2]);
    put(literal[3]);
    writer.drain();
  }
  for (; count > 0; --count) put(*literal++);
  writer.drain();
  return literal;
}

void write_content(BitWriter& writer, const BlockContent& content, const BlockCode& code) noexcept {
  const WordTables tables(code);
  BitWriter local = writer;  // so that the compiler keeps it in registers
  const std::uint8_t* literal = content.literals.data();
  for (const Sequence& sequence : content.sequences) {
    literal = write_literals(local, tables, literal, sequence.literals);
    if (sequence.length == 0) continue;
    const Word length = tables.lengths[sequence.length];
    const std::size_t symbol = distance_symbol(sequence.distance);
    const Word distance = tables.distances[symbol];
    local.put(length.bits, length.count);
    local.put(distance.bits, distance.count);
    local.put(sequence.distance - distance_base(symbol), distance_extra_bits(symbol));
    local.drain();
  }
  const std::uint8_t* const end = content.literals.data() + content.literals.size();
  write_literals(local, tables, literal, static_cast<std::size_t>(end - literal));
  local.put(code.literal_length_words[end_of_block], code.literal_length_bits[end_of_block]);
  local.drain();
  writer = local;
}

}  // namespace

SymbolCounts& SymbolCounts::operator+=(const SymbolCounts& other) noexcept {
  for (std::size_t symbol = 0; symbol < literal_length.size(); ++symbol) {
    literal_length[symbol] += other.literal_length[symbol];
  }
  for (std::size_t symbol = 0; symbol < distance.size(); ++symbol) distance[symbol] += other.distance[symbol];
  return *this;
}

unsigned length_extra_bits(std::size_t symbol) noexcept { return length_extra[symbol - length_symbols_first]; }

unsigned distance_extra_bits(std::size_t symbol) noexcept {
  return symbol < 4 ? 0 : static_cast<unsigned>(symbol / 2 - 1);
}

std::uint32_t log2_256(std::uint32_t value) noexcept {
  const unsigned whole = static_cast<unsigned>(std::bit_width(value)) - 1;
  const std::uint32_t fraction = whole >= 8 ? value >> (whole - 8) : value << (8 - whole);
  return whole * 256 + log2_fractions[fraction & 255];
}

std::size_t length_symbol(std::size_t length) noexcept { return length_symbols_first + length_slots[length]; }

std::size_t distance_symbol(std::size_t distance) noexcept {
  const std::size_t last = distance - 1;
  if (last < 4) return last;
  const unsigned top = static_cast<unsigned>(std::bit_width(last)) - 1;
  return 2 * top + (last >> (top - 1) & 1);
}

SymbolCounts count_symbols(const BlockContent& content) noexcept {
  SymbolCounts counts;
  // Four tables, so that equal neighbours do not wait for one another.
  std::array<std::array<std::uint32_t, 256>, 4> tables{};
  const std::span<const std::uint8_t> literals = content.literals;
  std::size_t at = 0;
  for (; at + 4 <= literals.size(); at += 4) {
    for (std::size_t table = 0; table < 4; ++table) ++tables[table][literals[at + table]];
  }
  for (; at < literals.size(); ++at) ++tables[0][literals[at]];
  for (std::size_t byte = 0; byte < 256; ++byte) {
    counts.literal_length[byte] = tables[0][byte] + tables[1][byte] + tables[2][byte] + tables[3][byte];
  }
  for (const Sequence& sequence : content.sequences) {
    if (sequence.length == 0) continue;
    ++counts.literal_length[length_symbol(sequence.length)];
    ++counts.distance[distance_symbol(sequence.distance)];
  }
  return counts;
}

std::uint64_t estimated_cost(const SymbolCounts& counts) noexcept {
  return entropy_256(counts.literal_length) + entropy_256(counts.distance);
}

void write_block(BitWriter& writer, const BlockContent& content, const SymbolCounts& counts, bool last) noexcept {
  SymbolCounts with_end = counts;
  with_end.literal_length[end_of_block] = 1;
  BlockCode code;
  find_code_lengths(with_end.literal_length, word_bits_max,
                    std::span(code.literal_length_bits).first(literal_length_symbols));
  find_code_lengths(with_end.distance, word_bits_max, std::span(code.distance_bits).first(distance_symbols));
  const CodeHeader header(code);

  const BlockCode& fixed = fixed_code();
  const bool own = header.cost() + code.cost(with_end) < fixed.cost(with_end);
  writer.put(last ? 1 : 0, 1);
  writer.put(own ? 2 : 1, 2);
  if (own) {
    header.write(writer);
    code.assign_words();
  }
  writer.drain();
  write_content(writer, content, own ? code : fixed);
}

}  // namespace locket::codec
