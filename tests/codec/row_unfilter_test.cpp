#include "codec/row_unfilter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <vector>

#include "guarded_memory.hpp"
#include "instruction_sets.hpp"

namespace locket::codec {
namespace {

constexpr std::size_t margin = unfilter_margin_bytes;
using Side = GuardedMemory::Side;

/// Filtered rows with their surroundings exactly as large as the contract promises, between guard pages.
class Rows {
 public:
  Rows(std::size_t pixel_bytes, std::size_t width, std::uint32_t count, Side side)
      : row_bytes_(pixel_bytes * width),
        stride_(row_bytes_ + margin),
        filtered_(2 * margin + (1 + row_bytes_) * count, side),
        above_(2 * margin + row_bytes_, side),
        zeros_(2 * margin + row_bytes_, side),
        rows_(margin + stride_ * count, side) {
    batch_ = {.filtered = filtered_.data() + margin,
              .rows = rows_.data() + margin,
              .stride_bytes = stride_,
              .above = above_.data() + margin,
              .zeros = zeros_.data() + margin,
              .count = count,
              .row_bytes = row_bytes_,
              .pixel_bytes = pixel_bytes};
  }

  /// Random bytes, margins included, and random filters of those that are asked for.
  void fill(std::mt19937& random, const std::vector<std::uint8_t>& filters) {
    std::generate_n(filtered_.data(), 2 * margin + (1 + row_bytes_) * batch_.count, [&] { return few(random); });
    std::generate_n(above_.data(), 2 * margin + row_bytes_, [&] { return few(random); });
    std::generate_n(rows_.data(), margin + stride_ * batch_.count, [&] { return few(random); });
    for (std::uint32_t y = 0; y < batch_.count; ++y) {
      filtered_.data()[margin + y * (1 + row_bytes_)] = filters[random() % filters.size()];
    }
  }

  [[nodiscard]] std::vector<std::uint8_t> run(UnfilterKernel kernel) {
    kernel(batch_);
    std::vector<std::uint8_t> out;
    for (std::uint32_t y = 0; y < batch_.count; ++y) {
      out.insert(out.end(), batch_.rows + y * stride_, batch_.rows + y * stride_ + row_bytes_);
    }
    return out;
  }

 private:
  /// Near and far values mixed, so that ties and overflows happen.
  static std::uint8_t few(std::mt19937& random) {
    const std::uint32_t value = random();
    return static_cast<std::uint8_t>((value & 256) != 0 ? value & 3 : value & 255);
  }

  std::size_t row_bytes_;
  std::size_t stride_;
  GuardedMemory filtered_;
  GuardedMemory above_;
  GuardedMemory zeros_;
  GuardedMemory rows_;
  FilteredRows batch_;
};

TEST(RowUnfilter, EveryKernelGivesThePlainOnesBytes) {
  std::mt19937 random(20'241);
  const std::vector<std::vector<std::uint8_t>> mixtures{{0},      {1}, {2}, {3}, {4}, {0, 1, 2, 4}, {0, 1, 2, 3, 4},
                                                        {0, 2, 4}};
  for (std::size_t pixel_bytes = 1; pixel_bytes <= 4; ++pixel_bytes) {
    for (std::size_t width = 1; width <= 64; ++width) {
      for (const std::uint32_t count : {1U, 3U, 7U, 9U, 17U, 35U}) {
        Rows rows(pixel_bytes, width, count, width % 2 == 0 ? Side::front : Side::back);
        for (const auto& filters : mixtures) {
          rows.fill(random, filters);
          const std::vector<std::uint8_t> plain = rows.run(unfilter_plain);
          with_every_instruction_set([&] {
            EXPECT_TRUE(rows.run(unfilter_vector) == plain)
                << pixel_bytes << " bytes, width " << width << ", rows " << count << ", filter " << int{filters[0]};
          });
          if (HasFailure()) return;
        }
      }
    }
  }
}

/// The Paeth predictor as the specification writes it.
int paeth(int left, int above, int above_left) {
  const int p = left + above - above_left;
  const int pa = std::abs(p - left);
  const int pb = std::abs(p - above);
  const int pc = std::abs(p - above_left);
  if (pa <= pb && pa <= pc) return left;
  return pb <= pc ? above : above_left;
}

TEST(RowUnfilter, PaethPredictsAsTheSpecificationDoesForEveryThreeNeighbours) {
  // In the upper row c and above stand in turn; in the lower one every other pixel is made to be what left is to be,
  // and the next one is nothing but the prediction. Four channels try four values of above at once.
  constexpr std::size_t pairs = 256 * 256 / 4;
  constexpr std::size_t row_bytes = pairs * 8;
  std::vector<std::uint8_t> filtered(2 * margin + 2 * (1 + row_bytes));
  std::vector<std::uint8_t> out(3 * margin + 2 * row_bytes);
  std::vector<std::uint8_t> expected(row_bytes);
  const std::vector<std::uint8_t> zeros(2 * margin + row_bytes);
  std::uint8_t* const upper = filtered.data() + margin + 1;
  std::uint8_t* const lower = upper + row_bytes + 1;
  lower[-1] = 4;
  for (int c = 0; c < 256; ++c) {
    for (std::size_t at = 0; at < row_bytes; ++at) {
      const std::size_t pair = at / 8;
      const auto left = static_cast<std::uint8_t>(pair >> 6);
      const auto above = static_cast<std::uint8_t>((pair & 63) * 4 + at % 4);
      const bool predicted = at % 8 >= 4;
      upper[at] = predicted ? above : static_cast<std::uint8_t>(c);
      const int before = at < 4 ? 0 : paeth(expected[at - 4], upper[at], upper[at - 4]);
      const int guess = at < 4 ? upper[at] : before;
      lower[at] = predicted ? std::uint8_t{0} : static_cast<std::uint8_t>(left - guess);
      expected[at] = predicted ? static_cast<std::uint8_t>(guess) : left;
    }
    for (const UnfilterKernel kernel : {unfilter_plain, unfilter_vector}) {
      kernel({.filtered = filtered.data() + margin,
              .rows = out.data() + margin,
              .stride_bytes = row_bytes + margin,
              .above = zeros.data() + margin,
              .zeros = zeros.data() + margin,
              .count = 2,
              .row_bytes = row_bytes,
              .pixel_bytes = 4});
      ASSERT_TRUE(std::equal(expected.begin(), expected.end(), out.begin() + 2 * margin + row_bytes)) << c;
    }
  }
}

TEST(RowUnfilter, KnowsFiveFilters) {
  std::vector<std::uint8_t> filtered(2 * margin + 3 * 5);
  FilteredRows rows{.filtered = filtered.data() + margin, .count = 5, .row_bytes = 2, .pixel_bytes = 1};
  for (std::uint8_t y = 0; y < 5; ++y) filtered[margin + y * 3U] = y;
  EXPECT_TRUE(has_known_filters(rows));
  filtered[margin + 4 * 3] = 5;
  EXPECT_FALSE(has_known_filters(rows));
  filtered[margin + 4 * 3] = 255;
  EXPECT_FALSE(has_known_filters(rows));
}

}  // namespace
}  // namespace locket::codec
