#include "codec/jpeg_transform.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "guarded_memory.hpp"
#include "instruction_sets.hpp"

namespace locket::codec {
namespace {

using Side = GuardedMemory::Side;

/// Coefficients below `side_max` in both directions; the others are zero, as the place of the last says.
BlockFour random_four(std::mt19937& random, std::size_t side_max, std::uint32_t most) {
  BlockFour four;
  for (std::size_t y = 0; y < side_max; ++y) {
    for (std::size_t block = 0; block < BlockFour::blocks; ++block) {
      for (std::size_t x = 0; x < side_max; ++x) {
        const auto value = static_cast<std::int32_t>(random() % (2 * most)) - static_cast<std::int32_t>(most);
        four.coefficients[y * BlockFour::row_stride + block * BlockFour::side + x] = static_cast<std::int16_t>(value);
      }
    }
  }
  four.last = side_max == 1 ? 0 : 63;
  return four;
}

/// As above, but only the ten places that stand first in the file's order.
BlockFour random_corner(std::mt19937& random, std::uint32_t most) {
  BlockFour four = random_four(random, 4, most);
  for (std::size_t y = 0; y < 4; ++y) {
    for (std::size_t x = 0; x < 4; ++x) {
      if (x + y <= 3) continue;
      for (std::size_t block = 0; block < BlockFour::blocks; ++block) {
        four.coefficients[y * BlockFour::row_stride + block * BlockFour::side + x] = 0;
      }
    }
  }
  four.last = 9;
  return four;
}

std::vector<std::uint8_t> inverse_of(const BlockFour& four, InverseTransform inverse) {
  constexpr std::size_t stride = BlockFour::row_stride + 5;
  constexpr std::size_t bytes = stride * (BlockFour::side - 1) + BlockFour::row_stride;
  std::vector<std::uint8_t> samples;
  for (const Side side : {Side::front, Side::back}) {
    GuardedMemory out(bytes, side);
    inverse(four, out.data(), stride);
    for (std::size_t y = 0; y < BlockFour::side; ++y) {
      samples.insert(samples.end(), out.data() + y * stride, out.data() + y * stride + BlockFour::row_stride);
    }
  }
  return samples;
}

TEST(JpegTransform, EveryKernelGivesThePlainOnesSamples) {
  with_every_instruction_set([] {
    std::mt19937 random(77);
    const InverseTransform plain = plain_jpeg_transforms(ChromaSampling::full).inverse;
    const InverseTransform vector = vector_jpeg_transforms(ChromaSampling::full).inverse;
    for (int round = 0; round < 60; ++round) {
      // The largest are what only damage can make.
      for (const std::uint32_t most : {3U, 200U, 1'100U, 32'768U}) {
        for (const BlockFour& four : {random_four(random, 1, most), random_four(random, 8, most),
                                      random_four(random, 2, most), random_corner(random, most)}) {
          ASSERT_TRUE(inverse_of(four, vector) == inverse_of(four, plain)) << "up to " << most;
        }
      }
    }
  });
}

TEST(JpegTransform, ComesWithinAStepOfTheExactInverse) {
  std::mt19937 random(78);
  const BlockFour four = random_four(random, 8, 60);
  const std::vector<std::uint8_t> samples = inverse_of(four, vector_jpeg_transforms(ChromaSampling::full).inverse);
  const auto scale = [](std::size_t frequency) { return frequency == 0 ? std::sqrt(0.125) : 0.5; };
  const auto wave = [](std::size_t at, std::size_t frequency) {
    return std::cos((2.0 * static_cast<double>(at) + 1) * static_cast<double>(frequency) * std::numbers::pi / 16);
  };
  for (std::size_t y = 0; y < 8; ++y) {
    for (std::size_t x = 0; x < 8; ++x) {
      double exact = 128;  // T.81, A.3.3
      for (std::size_t v = 0; v < 8; ++v) {
        for (std::size_t u = 0; u < 8; ++u) {
          exact += scale(u) * scale(v) * four.coefficients[v * BlockFour::row_stride + u] * wave(x, u) * wave(y, v);
        }
      }
      EXPECT_NEAR(samples[y * BlockFour::row_stride + x], std::clamp(exact, 0.0, 255.0), 1.0) << x << ", " << y;
    }
  }
}

/// The rows that a colour kernel reads, each exactly as large as the contract promises, between guard pages.
class ColourRows {
 public:
  ColourRows(ChromaSampling sampling, std::uint32_t width, Side side)
      : chroma_bytes_(sampling == ChromaSampling::full ? width : (width + 1) / 2 + 2),
        first_(sampling == ChromaSampling::full ? 0 : 1),
        y_(width + 2 * jpeg_margin_bytes, side),
        chroma_{GuardedMemory(row_bytes(), side), GuardedMemory(row_bytes(), side), GuardedMemory(row_bytes(), side),
                GuardedMemory(row_bytes(), side)},
        rgb_(3 * width + jpeg_margin_bytes, side) {
    row_ = {.y = y_.data() + jpeg_margin_bytes,
            .nearest = {sample(0), sample(1)},
            .second = {sample(2), sample(3)},
            .width_px = width};
  }

  void fill(std::mt19937& random) {
    const auto byte = [&] {
      const std::uint32_t value = random();
      return static_cast<std::uint8_t>((value & 512) != 0 ? value & 255 : (value & 1) * 255);
    };
    std::generate_n(y_.data(), row_.width_px + 2 * jpeg_margin_bytes, byte);
    for (GuardedMemory& each : chroma_) std::generate_n(each.data(), row_bytes(), byte);
  }

  [[nodiscard]] std::vector<std::uint8_t> run(YcbcrTransform colour) {
    colour(row_, rgb_.data());
    return {rgb_.data(), rgb_.data() + 3 * std::size_t{row_.width_px}};
  }

 private:
  [[nodiscard]] std::size_t row_bytes() const { return chroma_bytes_ + 2 * jpeg_margin_bytes; }
  [[nodiscard]] const std::uint8_t* sample(std::size_t row) { return chroma_[row].data() + jpeg_margin_bytes + first_; }

  std::size_t chroma_bytes_;
  std::size_t first_;
  GuardedMemory y_;
  std::array<GuardedMemory, 4> chroma_;
  GuardedMemory rgb_;
  YcbcrRow row_;
};

TEST(JpegTransform, EveryKernelGivesThePlainOnesColours) {
  with_every_instruction_set([] {
    std::mt19937 random(79);
    for (const ChromaSampling sampling : {ChromaSampling::full, ChromaSampling::half, ChromaSampling::quarter}) {
      const YcbcrTransform plain = plain_jpeg_transforms(sampling).colour;
      const YcbcrTransform vector = vector_jpeg_transforms(sampling).colour;
      for (std::uint32_t width = 1; width <= 140; ++width) {
        ColourRows rows(sampling, width, width % 2 == 0 ? Side::front : Side::back);
        rows.fill(random);
        const std::vector<std::uint8_t> expected = rows.run(plain);
        ASSERT_TRUE(rows.run(vector) == expected) << "width " << width;
      }
    }
  });
}

}  // namespace
}  // namespace locket::codec
