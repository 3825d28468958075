#include "codec/jpeg_huffman_table.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <numeric>
#include <vector>

namespace locket::codec {
namespace {

/// Counts of codes by their bits, from 1 on, and the symbols 0, 1, 2 and so on.
Bytes code_of(std::vector<std::uint8_t> counts) {
  counts.resize(16);
  Bytes code;
  for (const std::uint8_t count : counts) code.push_back(std::byte{count});
  const int symbols = std::accumulate(counts.begin(), counts.end(), 0);
  for (int symbol = 0; symbol < symbols; ++symbol) code.push_back(static_cast<std::byte>(symbol));
  return code;
}

bool is_code(const std::vector<std::uint8_t>& counts, JpegCodeKind kind) {
  JpegHuffmanTable table;
  return make_jpeg_huffman_table(code_of(counts), kind, table);
}

TEST(JpegHuffmanTable, TakesNoCodeOfOnesAlone) {
  EXPECT_TRUE(is_code({1, 1, 1}, JpegCodeKind::ac));
  EXPECT_FALSE(is_code({1, 1, 2}, JpegCodeKind::ac)) << "111 is one of them";
  EXPECT_FALSE(is_code({2}, JpegCodeKind::ac));
  EXPECT_FALSE(is_code({1, 3}, JpegCodeKind::ac)) << "more than there is room for";
  EXPECT_TRUE(is_code({0, 0, 0, 0, 0, 0, 0, 255}, JpegCodeKind::ac));
}

TEST(JpegHuffmanTable, TakesDcSymbolsBelow16) {
  EXPECT_TRUE(is_code({0, 0, 0, 0, 16}, JpegCodeKind::dc));
  EXPECT_FALSE(is_code({0, 0, 0, 0, 17}, JpegCodeKind::dc));
  EXPECT_TRUE(is_code({0, 0, 0, 0, 17}, JpegCodeKind::ac));
}

void expect_every_code_told(JpegCodeKind kind) {
  const std::vector<std::uint8_t> counts{0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125};
  const Bytes code = code_of(counts);
  JpegHuffmanTable table;
  ASSERT_TRUE(make_jpeg_huffman_table(code, kind, table));
  constexpr unsigned root_shift = 64 - JpegHuffmanTable::root_bits;
  std::uint64_t next = 0;  // T.81, figure C.2
  unsigned symbol = 0;
  for (unsigned bits = 1; bits <= 16; ++bits, next <<= 1) {
    for (unsigned i = 0; i < counts[bits - 1]; ++i, ++next, ++symbol) {
      const std::uint64_t at_top = next << (64 - bits) | (~std::uint64_t{0} >> bits);
      const std::uint32_t root = table.root[at_top >> root_shift];
      EXPECT_EQ(root != 0, bits <= JpegHuffmanTable::root_bits) << symbol;
      const std::uint32_t told = root != 0 ? root : long_jpeg_symbol(table, at_top);
      const unsigned run = symbol >> 4;
      const unsigned size = symbol & 15;
      const bool ends_block = size == 0 && run != 15;
      const unsigned more_bits = ends_block && kind == JpegCodeKind::progressive_ac ? run : size;
      EXPECT_EQ(told & 63, bits + more_bits) << symbol;
      EXPECT_EQ(told >> JpegSymbol::code_bits_shift & 63, bits) << symbol;
      EXPECT_EQ(63 - (told >> JpegSymbol::rest_shift & 63), more_bits) << symbol;
      EXPECT_EQ(told >> JpegSymbol::step_shift, ends_block ? 0 : run + 1) << symbol;
    }
  }
  EXPECT_EQ(long_jpeg_symbol(table, ~std::uint64_t{0}), 0U) << "ones alone are no code";
}

TEST(JpegHuffmanTable, TellsEachCodeOfEveryLengthAndWhatFollowsItsEnd) { expect_every_code_told(JpegCodeKind::ac); }

TEST(JpegHuffmanTable, TellsHowManyBitsCountTheBlocksThatEnd) { expect_every_code_told(JpegCodeKind::progressive_ac); }

}  // namespace
}  // namespace locket::codec
