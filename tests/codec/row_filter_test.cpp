#include "codec/row_filter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>
#include <vector>

#include "guarded_memory.hpp"
#include "instruction_sets.hpp"

namespace locket::codec {
namespace {

constexpr std::size_t margin = filter_margin_bytes;
using Side = GuardedMemory::Side;

/// A row and its surroundings exactly as large as the contract promises, between guard pages.
class Row {
 public:
  Row(std::uint32_t pixel_bytes, std::size_t width, Side side)
      : row_bytes_(pixel_bytes * width),
        row_(pixel_bytes + row_bytes_ + margin, side),
        above_(pixel_bytes + row_bytes_ + margin, side),
        out_(1 + row_bytes_ + margin, side) {
    input_ = {row_.data() + pixel_bytes, above_.data() + pixel_bytes, row_bytes_, pixel_bytes};
    std::fill_n(row_.data(), pixel_bytes, std::uint8_t{0});
    std::fill_n(above_.data(), pixel_bytes, std::uint8_t{0});
  }

  /// Random bytes, margins included. The wider `spread`, the less neighbours are alike.
  void fill(std::mt19937& random, std::uint32_t spread) {
    for (std::uint8_t* const bytes : {row_.data(), above_.data()}) {
      std::uint32_t value = random();
      for (std::size_t i = 0; i < row_bytes_ + margin; ++i) {
        value += random() % spread;
        bytes[input_.pixel_bytes + i] = static_cast<std::uint8_t>(value);
      }
    }
  }

  [[nodiscard]] std::vector<std::uint8_t> run(FilterKernel kernel) {
    kernel(input_, out_.data());
    return {out_.data(), out_.data() + 1 + row_bytes_};
  }

  [[nodiscard]] const FilterInput& input() const { return input_; }

 private:
  std::size_t row_bytes_;
  GuardedMemory row_;
  GuardedMemory above_;
  GuardedMemory out_;
  FilterInput input_;
};

void expect_the_plain_bytes() {
  std::mt19937 random(612);
  for (const std::uint32_t pixel_bytes : {1U, 2U, 3U, 4U}) {
    for (std::size_t width = 1; width <= 64; ++width) {
      for (const Side side : {Side::front, Side::back}) {
        Row row(pixel_bytes, width, side);
        for (const std::uint32_t spread : {1U, 2U, 5U, 60U, 256U}) {
          row.fill(random, spread);
          ASSERT_TRUE(row.run(filter_row_vector) == row.run(filter_row_plain))
              << pixel_bytes << " bytes, width " << width;
        }
      }
    }
  }
}

TEST(RowFilter, EveryKernelGivesThePlainOnesBytes) { with_every_instruction_set(expect_the_plain_bytes); }

/// The sum that the specification's heuristic compares, of a filtered row.
std::uint64_t cost_of(const std::vector<std::uint8_t>& row) {
  std::uint64_t sum = 0;
  for (const std::uint8_t byte : row) sum += static_cast<std::uint64_t>(std::abs(int{static_cast<std::int8_t>(byte)}));
  return sum;
}

TEST(RowFilter, TakesTheFirstFilterOfTheLeastSum) {
  std::mt19937 random(613);
  std::array<int, row_filter_count> chosen{};
  for (int round = 0; round < 2'000; ++round) {
    Row row(1 + random() % 4, 1 + random() % 40, Side::back);
    row.fill(random, 1 + random() % 100);
    std::size_t best = 0;
    std::array<std::vector<std::uint8_t>, row_filter_count> rows;
    for (std::size_t each = 0; each < row_filter_count; ++each) {
      rows[each].resize(row.input().row_bytes);
      apply_row_filter(static_cast<RowFilter>(each), row.input(), rows[each].data());
      if (cost_of(rows[each]) < cost_of(rows[best])) best = each;
    }
    const std::vector<std::uint8_t> made = row.run(filter_kernel(Kernel::automatic));
    ASSERT_EQ(made[0], best);
    ASSERT_TRUE(std::equal(rows[best].begin(), rows[best].end(), made.begin() + 1));
    ++chosen[best];
  }
  for (const int count : chosen) EXPECT_GT(count, 0) << "a filter that was never the best: the test proves too little";
}

TEST(RowFilter, PredictsAsTheSpecificationDoesForEveryThreeNeighbours) {
  // Of a pixel of 4 bytes each byte has its own neighbours; the row is zero, so that it shows the prediction.
  std::vector<std::uint8_t> row(4 + 8 + margin);
  std::vector<std::uint8_t> above(row.size());
  std::vector<std::uint8_t> out(1 + 8 + margin);
  const FilterInput input{row.data() + 4, above.data() + 4, 8, 4};
  for (int left = 0; left < 256; ++left) {
    for (int up = 0; up < 256; ++up) {
      for (int corner = 0; corner < 256; corner += 4) {
        for (int i = 0; i < 4; ++i) {
          row[4U + static_cast<unsigned>(i)] = static_cast<std::uint8_t>(left);
          above[4U + static_cast<unsigned>(i)] = static_cast<std::uint8_t>(corner + i);
          above[8U + static_cast<unsigned>(i)] = static_cast<std::uint8_t>(up);
        }
        apply_row_filter(RowFilter::paeth, input, out.data());
        for (int i = 0; i < 4; ++i) {
          const int c = corner + i;
          const int p = left + up - c;
          const int pa = std::abs(p - left);
          const int pb = std::abs(p - up);
          const int pc = std::abs(p - c);
          const int guess = pa <= pb && pa <= pc ? left : pb <= pc ? up : c;
          ASSERT_EQ(out[4U + static_cast<unsigned>(i)], static_cast<std::uint8_t>(-guess));
        }
      }
    }
  }
}

}  // namespace
}  // namespace locket::codec
