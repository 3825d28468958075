#include "codec/huffman_code.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <queue>
#include <random>
#include <vector>

namespace locket::codec {
namespace {

using Counts = std::vector<std::uint32_t>;

std::vector<std::uint8_t> bits_for(const Counts& counts, unsigned bits_max) {
  std::vector<std::uint8_t> bits(counts.size(), 99);
  choose_code_bits(counts, bits_max, bits);
  return bits;
}

std::uint64_t size_of(const Counts& counts, const std::vector<std::uint8_t>& bits) {
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) size += std::uint64_t{counts[i]} * bits[i];
  return size;
}

/// The size by the textbook: two smallest weights are joined until one is left.
std::uint64_t best_size(const Counts& counts) {
  std::priority_queue<std::uint64_t, std::vector<std::uint64_t>, std::greater<>> weights;
  for (const std::uint32_t count : counts) {
    if (count != 0) weights.push(count);
  }
  std::uint64_t size = 0;
  while (weights.size() > 1) {
    std::uint64_t joined = weights.top();
    weights.pop();
    joined += weights.top();
    weights.pop();
    size += joined;
    weights.push(joined);
  }
  return size;
}

void expect_complete(const Counts& counts, const std::vector<std::uint8_t>& bits, unsigned bits_max) {
  std::uint64_t taken = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    ASSERT_EQ(bits[i] == 0, counts[i] == 0);
    ASSERT_LE(bits[i], bits_max);
    if (bits[i] != 0) taken += std::uint64_t{1} << (bits_max - bits[i]);
  }
  ASSERT_EQ(taken, std::uint64_t{1} << bits_max);
}

Counts random_counts(std::mt19937& random, std::size_t symbols) {
  Counts counts(symbols);
  const std::uint32_t steepness = 1 + random() % 24;
  for (std::uint32_t& count : counts) count = random() % 3 == 0 ? 0 : 1 + random() % (1U << (1 + random() % steepness));
  return counts;
}

TEST(HuffmanCode, IsTheSmallestWhereNothingLimitsIt) {
  std::mt19937 random(1952);
  for (int round = 0; round < 500; ++round) {
    Counts counts = random_counts(random, 2 + random() % 285);
    counts[0] = counts[1] = 1;
    for (std::uint32_t& count : counts) count = std::min(count, 60U);  // then no code is over 15 bits
    const std::vector<std::uint8_t> bits = bits_for(counts, 15);
    expect_complete(counts, bits, 15);
    ASSERT_EQ(size_of(counts, bits), best_size(counts));
  }
}

TEST(HuffmanCode, StaysCompleteAndNearTheBestUnderALimit) {
  std::mt19937 random(1953);
  for (int round = 0; round < 500; ++round) {
    Counts counts = random_counts(random, 19);
    counts[0] = counts[1] = 1;
    const std::vector<std::uint8_t> bits = bits_for(counts, 7);
    expect_complete(counts, bits, 7);
    ASSERT_LE(size_of(counts, bits), best_size(counts) * 5 / 4 + 64);
  }
  Counts doubling(31);
  for (std::size_t i = 0; i < 30; ++i) doubling[i] = 1U << i;
  for (const unsigned bits_max : {5U, 9U, 14U, 15U}) expect_complete(doubling, bits_for(doubling, bits_max), bits_max);
}

TEST(HuffmanCode, FitsAsManySymbolsAsThereIsRoomFor) {
  const Counts counts(256, 7);
  expect_complete(counts, bits_for(counts, 8), 8);
  Counts steep(128, 1);
  steep[0] = 1'000'000;
  expect_complete(steep, bits_for(steep, 7), 7);
}

TEST(HuffmanCode, GivesASingleSymbolOneBitAndNoSymbolNone) {
  EXPECT_EQ(bits_for({0, 0, 5}, 15), (std::vector<std::uint8_t>{0, 0, 1}));
  EXPECT_EQ(bits_for({0, 0, 0}, 15), (std::vector<std::uint8_t>{0, 0, 0}));
  EXPECT_EQ(bits_for({1, 0, 9}, 15), (std::vector<std::uint8_t>{1, 0, 1}));
}

TEST(HuffmanCode, IsTheExampleOfTheSpecification) {
  // RFC 1951, section 3.2.2: A to H with 3, 3, 3, 3, 3, 2, 4, 4 bits; codes are sent from their first bit on.
  const std::array<std::uint8_t, 8> bits{3, 3, 3, 3, 3, 2, 4, 4};
  std::array<HuffmanCode, 8> codes;
  make_codes(bits, codes);
  const std::array<unsigned, 8> turned{0b010, 0b110, 0b001, 0b101, 0b011, 0b00, 0b0111, 0b1111};
  for (std::size_t i = 0; i < codes.size(); ++i) {
    EXPECT_EQ(codes[i].code, turned[i]) << i;
    EXPECT_EQ(codes[i].bits, bits[i]) << i;
  }
}

}  // namespace
}  // namespace locket::codec
