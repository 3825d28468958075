#include "codec/jpeg_huffman_table.hpp"

#include <algorithm>

namespace locket::codec {
namespace {

/// `symbol` is what T.81 (F.1.2.2) calls RRRRSSSS; of DC, RRRR is zero.
std::uint32_t meaning_of(std::uint8_t symbol, std::uint32_t code_bits, bool ends_runs) noexcept {
  const std::uint32_t run = symbol >> 4;
  const std::uint32_t size = symbol & 15U;
  const bool ends_block = size == 0 && run != 15;
  const std::uint32_t more_bits = ends_block && ends_runs ? run : size;
  return code_bits + more_bits + (code_bits << JpegSymbol::code_bits_shift) +
         ((63 - more_bits) << JpegSymbol::rest_shift) + (ends_block ? 0 : (run + 1) << JpegSymbol::step_shift);
}

}  // namespace

bool make_jpeg_huffman_table(BytesView code, JpegCodeKind kind, JpegHuffmanTable& table) noexcept {
  constexpr unsigned root_bits = JpegHuffmanTable::root_bits;
  table.root.fill(0);
  table.ends_runs = kind == JpegCodeKind::progressive_ac;
  std::uint32_t next_code = 0;
  std::size_t next_symbol = 0;
  for (unsigned bits = 1; bits <= JpegHuffmanTable::code_bits_max; ++bits, next_code <<= 1) {
    table.first[bits] = static_cast<std::int32_t>(next_symbol) - static_cast<std::int32_t>(next_code);
    for (auto left = std::to_integer<unsigned>(code[bits - 1]); left > 0; --left, ++next_code) {
      const auto symbol = std::to_integer<std::uint8_t>(code[JpegHuffmanTable::code_bits_max + next_symbol]);
      if (kind == JpegCodeKind::dc && symbol > 15) return false;
      table.symbols[next_symbol++] = symbol;
      if (next_code + 1 >= std::uint32_t{1} << bits) return false;
      if (bits > root_bits) continue;
      const std::size_t repeats = std::size_t{1} << (root_bits - bits);
      std::fill_n(table.root.begin() + static_cast<std::ptrdiff_t>(next_code * repeats), repeats,
                  meaning_of(symbol, bits, table.ends_runs));
    }
    table.end[bits] = next_code << (JpegHuffmanTable::code_bits_max - bits);
  }
  table.end[JpegHuffmanTable::code_bits_max + 1] = ~std::uint32_t{0};
  return true;
}

std::uint32_t long_jpeg_symbol(const JpegHuffmanTable& table, std::uint64_t bits) noexcept {
  const auto code = static_cast<std::uint32_t>(bits >> (64 - JpegHuffmanTable::code_bits_max));
  unsigned length = JpegHuffmanTable::root_bits + 1;
  while (code >= table.end[length]) ++length;
  if (length > JpegHuffmanTable::code_bits_max) return 0;
  const std::uint32_t in_length = code >> (JpegHuffmanTable::code_bits_max - length);
  const auto place = static_cast<std::size_t>(table.first[length] + static_cast<std::int32_t>(in_length));
  return meaning_of(table.symbols[place], length, table.ends_runs);
}

}  // namespace locket::codec
