#include "codec/deflate_block.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "codec/fixed_log.hpp"
#include "codec/huffman_code.hpp"

namespace locket::codec {
namespace {

static_assert(std::endian::native == std::endian::little, "the stream's bits are written with plain stores");

constexpr unsigned literal_bits_max = 14;  // so that four literals fit between two flushes
constexpr unsigned distance_bits_max = 15;
constexpr unsigned length_code_symbols = 19;
constexpr unsigned length_code_bits_max = 7;
constexpr std::size_t stored_bytes_max = 65'535;
constexpr std::size_t overwritten_bytes = 32;  // behind a block: the bits that waited before it, and whole words
constexpr std::array<std::uint8_t, length_code_symbols> length_code_order{16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                                          11, 4,  12, 3, 13, 2, 14, 1, 15};

/// What the used symbols of an alphabet cost by their entropy, and about what their code's description does.
template <std::size_t symbols>
std::uint64_t price_of(const std::array<std::uint32_t, symbols>& counts) noexcept {
  std::uint64_t total = 0;
  std::uint64_t kept = 0;
  std::uint64_t used = 0;
  for (const std::uint32_t count : counts) {
    if (count == 0) continue;
    total += count;
    kept += std::uint64_t{count} * fixed_log2(count);
    ++used;
  }
  if (total == 0) return 0;
  const std::uint64_t entropy = total * fixed_log2(static_cast<std::uint32_t>(total)) - kept;
  return entropy / 16 + used * 50;
}

/// What is sent before a block's data: the lengths of both codes, run-length coded, in a code of their own.
struct CodeDescription {
  std::array<std::uint8_t, literal_symbols + distance_symbols> bits{};
  unsigned literals_sent = 257;
  unsigned distances_sent = 1;
  std::array<std::uint8_t, literal_symbols + distance_symbols> symbols{};
  std::array<std::uint8_t, literal_symbols + distance_symbols> repeats{};  ///< the extra bits
  unsigned symbol_count = 0;
  std::array<std::uint32_t, length_code_symbols> counts{};
  std::array<std::uint8_t, length_code_symbols> code_bits{};
  unsigned codes_sent = 4;

  CodeDescription(std::span<const std::uint8_t> literal_bits, std::span<const std::uint8_t> distance_bits) noexcept {
    for (unsigned i = 257; i < literal_bits.size(); ++i) literals_sent = literal_bits[i] != 0 ? i + 1 : literals_sent;
    for (unsigned i = 1; i < distance_bits.size(); ++i) distances_sent = distance_bits[i] != 0 ? i + 1 : distances_sent;
    std::copy_n(literal_bits.begin(), literals_sent, bits.begin());
    std::copy_n(distance_bits.begin(), distances_sent, bits.begin() + literals_sent);
    const unsigned all = literals_sent + distances_sent;
    for (unsigned at = 0; at < all;) at += send_run(at, all);
    choose_code_bits(counts, length_code_bits_max, code_bits);
    for (unsigned i = 4; i < length_code_symbols; ++i) {
      if (code_bits[length_code_order[i]] != 0) codes_sent = i + 1;
    }
  }

  [[nodiscard]] std::uint64_t size_bits() const noexcept {
    std::uint64_t size = 14 + std::uint64_t{codes_sent} * 3;
    for (unsigned i = 0; i < symbol_count; ++i) size += code_bits[symbols[i]] + extra_bits_of(symbols[i]);
    return size;
  }

  void write(BitSink& sink) const noexcept {
    std::array<HuffmanCode, length_code_symbols> codes;
    make_codes(code_bits, codes);
    sink.put(literals_sent - 257, 5);
    sink.put(distances_sent - 1, 5);
    sink.put(codes_sent - 4, 4);
    sink.flush();
    for (unsigned i = 0; i < codes_sent; ++i) {
      sink.put(code_bits[length_code_order[i]], 3);
      sink.flush();
    }
    for (unsigned i = 0; i < symbol_count; ++i) {
      sink.put(codes[symbols[i]].code, codes[symbols[i]].bits);
      sink.put(repeats[i], extra_bits_of(symbols[i]));
      sink.flush();
    }
  }

 private:
  static unsigned extra_bits_of(unsigned symbol) noexcept {
    if (symbol < 16) return 0;
    return symbol == 16 ? 2 : symbol == 17 ? 3 : 7;
  }

  void send(unsigned symbol, unsigned extra) noexcept {
    symbols[symbol_count] = static_cast<std::uint8_t>(symbol);
    repeats[symbol_count++] = static_cast<std::uint8_t>(extra);
    ++counts[symbol];
  }

  /// Sends some of the equal lengths at `at`; gives how many.
  unsigned send_run(unsigned at, unsigned end) noexcept {
    unsigned run = 1;
    while (at + run < end && bits[at + run] == bits[at]) ++run;
    if (bits[at] == 0 && run >= 11) {
      run = std::min(run, 138U);
      send(18, run - 11);
      return run;
    }
    if (bits[at] == 0 && run >= 3) {
      send(17, run - 3);
      return run;
    }
    if (run >= 4) {
      run = std::min(run, 7U);
      send(bits[at], 0);
      send(16, run - 4);
      return run;
    }
    send(bits[at], 0);
    return 1;
  }
};

/// The two codes of a block.
struct BlockCodes {
  std::array<std::uint8_t, huffman_symbols_max> literal_bits{};
  std::array<std::uint8_t, 32> distance_bits{};

  /// The code that suits the counts best.
  explicit BlockCodes(const SymbolCounts& counts) noexcept {
    choose_code_bits(counts.literals, literal_bits_max, std::span(literal_bits).first<literal_symbols>());
    choose_code_bits(counts.distances, distance_bits_max, std::span(distance_bits).first<distance_symbols>());
  }

  /// The code that needs no description.
  BlockCodes() noexcept {
    for (unsigned i = 0; i < literal_bits.size(); ++i) {
      literal_bits[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    }
    distance_bits.fill(5);
  }

  [[nodiscard]] std::uint64_t data_bits(const SymbolCounts& counts) const noexcept {
    std::uint64_t size = counts.extra_bits;
    for (std::size_t i = 0; i < counts.literals.size(); ++i)
      size += std::uint64_t{counts.literals[i]} * literal_bits[i];
    for (std::size_t i = 0; i < counts.distances.size(); ++i) {
      size += std::uint64_t{counts.distances[i]} * distance_bits[i];
    }
    return size;
  }
};

/// A match's length with its extra bits, as one code.
struct LengthCode {
  std::uint32_t code = 0;
  std::uint32_t bits = 0;
};

/// A symbol's code, its extra bits and where they begin, in one place.
struct DistanceCode {
  std::uint16_t code = 0;
  std::uint8_t bits = 0;
  std::uint8_t extra_bits = 0;
  std::uint32_t base = 0;
};

struct WriteTables {
  std::array<HuffmanCode, huffman_symbols_max> literals;
  std::array<LengthCode, match_length_max + 1> lengths;
  std::array<DistanceCode, 32> distances{};

  explicit WriteTables(const BlockCodes& codes) noexcept {
    make_codes(codes.literal_bits, literals);
    for (unsigned length = match_length_min; length <= match_length_max; ++length) {
      const unsigned symbol = symbol_table.length_symbol[length];
      const HuffmanCode& code = literals[first_length_symbol + symbol];
      const std::uint32_t extra = length - symbol_table.length_base[symbol];
      lengths[length] = {code.code | extra << code.bits,
                         std::uint32_t{code.bits} + symbol_table.length_extra_bits[symbol]};
    }
    std::array<HuffmanCode, 32> distance_codes;
    make_codes(codes.distance_bits, distance_codes);
    for (unsigned symbol = 0; symbol < distance_symbols; ++symbol) {
      distances[symbol] = {distance_codes[symbol].code, distance_codes[symbol].bits,
                           symbol_table.distance_extra_bits[symbol], symbol_table.distance_base[symbol]};
    }
  }
};

/// Writes the data of a block. A local copy of the sink stays in registers.
void write_data(BitSink& shared, std::span<const Sequence> sequences, const WriteTables& tables,
                const std::uint8_t* bytes) noexcept {
  BitSink sink = shared;
  const HuffmanCode* const literals = tables.literals.data();
  for (const Sequence& sequence : sequences) {
    std::uint32_t left = sequence.literals;
    for (; left >= 4; left -= 4, bytes += 4) {
      // Joined apart from the sink, whose bits each have to wait for the ones before.
      const HuffmanCode a = literals[bytes[0]];
      const HuffmanCode b = literals[bytes[1]];
      const HuffmanCode c = literals[bytes[2]];
      const HuffmanCode d = literals[bytes[3]];
      const std::uint64_t ab = a.code | std::uint64_t{b.code} << a.bits;
      const std::uint64_t cd = c.code | std::uint64_t{d.code} << c.bits;
      const unsigned ab_bits = unsigned{a.bits} + b.bits;
      sink.put(ab | cd << ab_bits, ab_bits + c.bits + d.bits);
      sink.flush();
    }
    for (; left > 0; --left) {
      const HuffmanCode code = literals[*bytes++];
      sink.put(code.code, code.bits);
    }
    sink.flush();
    if (sequence.length == 0) continue;
    const LengthCode& length = tables.lengths[sequence.length];
    sink.put(length.code, length.bits);
    const DistanceCode& distance = tables.distances[distance_symbol_of(sequence.distance)];
    sink.put(distance.code | std::uint64_t{sequence.distance - distance.base} << distance.bits,
             distance.bits + distance.extra_bits);
    sink.flush();
    bytes += sequence.length;
  }
  sink.put(literals[end_of_block_symbol].code, literals[end_of_block_symbol].bits);
  sink.flush();
  shared = sink;
}

void write_stored(BitSink& sink, const std::uint8_t* bytes, std::size_t raw_bytes, bool last) noexcept {
  do {
    const std::size_t part = std::min(raw_bytes, stored_bytes_max);
    sink.put(last && part == raw_bytes ? 1 : 0, 3);
    sink.align();
    const std::uint8_t head[4] = {static_cast<std::uint8_t>(part), static_cast<std::uint8_t>(part >> 8),
                                  static_cast<std::uint8_t>(~part), static_cast<std::uint8_t>(~part >> 8)};
    std::memcpy(sink.out, head, sizeof head);
    std::memcpy(sink.out + sizeof head, bytes, part);
    sink.out += sizeof head + part;
    bytes += part;
    raw_bytes -= part;
  } while (raw_bytes > 0);
}

/// How large the block would be as plain bytes, with `waiting` bits before it.
std::uint64_t stored_bits(std::size_t raw_bytes, unsigned waiting) noexcept {
  const std::uint64_t parts = std::max<std::uint64_t>(1, (raw_bytes + stored_bytes_max - 1) / stored_bytes_max);
  const unsigned filled = (8 - (waiting + 3) % 8) % 8;
  return 3 + filled + (parts - 1) * 8 + parts * 32 + std::uint64_t{raw_bytes} * 8;
}

}  // namespace

void SymbolCounts::add(std::span<const Sequence> sequences, const std::uint8_t* bytes) noexcept {
  // Four tables: equal neighbours would wait for each other's count.
  std::array<std::array<std::uint32_t, 256>, 4> tables{};
  for (const Sequence& sequence : sequences) {
    std::uint32_t left = sequence.literals;
    for (; left >= 4; left -= 4, bytes += 4) {
      ++tables[0][bytes[0]];
      ++tables[1][bytes[1]];
      ++tables[2][bytes[2]];
      ++tables[3][bytes[3]];
    }
    for (; left > 0; --left) ++tables[left][*bytes++];
    if (sequence.length == 0) continue;
    const unsigned length = symbol_table.length_symbol[sequence.length];
    const unsigned distance = distance_symbol_of(sequence.distance);
    ++literals[first_length_symbol + length];
    ++distances[distance];
    extra_bits += std::uint64_t{symbol_table.length_extra_bits[length]} + symbol_table.distance_extra_bits[distance];
    bytes += sequence.length;
  }
  for (unsigned i = 0; i < 256; ++i) literals[i] += tables[0][i] + tables[1][i] + tables[2][i] + tables[3][i];
}

void SymbolCounts::add(const SymbolCounts& other) noexcept {
  for (std::size_t i = 0; i < literals.size(); ++i) literals[i] += other.literals[i];
  for (std::size_t i = 0; i < distances.size(); ++i) distances[i] += other.distances[i];
  extra_bits += other.extra_bits;
}

std::uint64_t SymbolCounts::price() const noexcept {
  return price_of(literals) + price_of(distances) + extra_bits * 16 + std::uint64_t{60} * 16;
}

void BitSink::flush() noexcept {
  std::memcpy(out, &bits, sizeof bits);
  out += count >> 3;
  bits >>= count & ~7U;
  count &= 7;
}

void BitSink::align() noexcept {
  count = (count + 7) & ~7U;
  flush();
}

void write_block(BitSink& sink, Bytes& out, std::span<const Sequence> sequences, const SymbolCounts& counts,
                 const std::uint8_t* bytes, std::size_t raw_bytes, bool last) {
  const BlockCodes own(counts);
  const BlockCodes fixed;
  const CodeDescription description(std::span(own.literal_bits).first<literal_symbols>(),
                                    std::span(own.distance_bits).first<distance_symbols>());
  const std::uint64_t own_size = 3 + description.size_bits() + own.data_bits(counts);
  const std::uint64_t fixed_size = 3 + fixed.data_bits(counts);
  const std::uint64_t coded_size = std::min(own_size, fixed_size);
  const std::uint64_t stored_size = stored_bits(raw_bytes, sink.count);
  const std::size_t before = out.size();
  out.resize(before + std::min(coded_size, stored_size) / 8 + overwritten_bytes);
  auto* const begin = reinterpret_cast<std::uint8_t*>(out.data());
  sink.out = begin + before;
  if (stored_size <= coded_size) {
    write_stored(sink, bytes, raw_bytes, last);
  } else {
    const bool with_own = own_size < fixed_size;
    sink.put((last ? 1U : 0U) | (with_own ? 2U : 1U) << 1, 3);
    sink.flush();
    if (with_own) description.write(sink);
    write_data(sink, sequences, WriteTables(with_own ? own : fixed), bytes);
  }
  if (last) sink.align();
  out.resize(static_cast<std::size_t>(sink.out - begin));
}

}  // namespace locket::codec
