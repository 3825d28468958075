#include "raster/row_kernels.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include "guarded_bytes.hpp"
#include "kernel_sets.hpp"
#include "raster/aligned_samples.hpp"
#include "raster/transfer.hpp"

namespace locket::raster {
namespace {

constexpr std::array all_formats{RowFormat::grey, RowFormat::rgb, RowFormat::rgba};
constexpr std::array both_sides{GuardedBytes::Side::lower, GuardedBytes::Side::upper};

/// Every width up to one `plane_step`, and some beyond.
std::vector<std::size_t> widths() {
  std::vector<std::size_t> every;
  for (std::size_t width = 1; width <= 64; ++width) every.push_back(width);
  every.insert(every.end(), {65, 127, 128, 129, 191, 200});
  return every;
}

class Random {
 public:
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(engine_() >> 8) % limit; }

  /// Of RGBA, a third each of opaque, translucent and empty pixels, and after 70 of them only opaque ones.
  void fill(std::span<std::uint8_t> row, RowFormat format) {
    for (std::uint8_t& value : row) value = static_cast<std::uint8_t>(engine_() >> 24);
    if (format != RowFormat::rgba) return;
    for (std::size_t at = 3; at < row.size(); at += 4) {
      const std::uint32_t kind = at / 4 < 70 ? below(3) : 0;
      if (kind != 1) row[at] = kind == 0 ? 255 : 0;
    }
  }

  void fill(std::span<std::int16_t> samples) {
    for (std::int16_t& value : samples) value = static_cast<std::int16_t>(engine_() >> 16);
  }

 private:
  std::mt19937 engine_{20'240'229};
};

/// Weights as a table may hold them: their absolute values sum to less than 65536.
std::vector<std::int32_t> weights_for(std::size_t pairs, Random& random) {
  const auto most = static_cast<std::int32_t>(std::min<std::size_t>(65'535 / (2 * pairs), 32'767));
  const auto weight = [&] {
    return static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(2 * most + 1))) - most;
  };
  std::vector<std::int32_t> weights;
  for (std::size_t pair = 0; pair < pairs; ++pair) {
    const auto odd = static_cast<std::uint32_t>(weight());
    weights.push_back(static_cast<std::int32_t>(odd << 16 | (static_cast<std::uint32_t>(weight()) & 0xffff)));
  }
  return weights;
}

/// One of the two rows of a row pair, whichever order the set keeps its columns in.
std::vector<std::int16_t> row_of(const RowKernels& kernels, const std::int16_t* pairs, std::size_t samples,
                                 bool lower) {
  const std::array<std::int32_t, 1> whole{lower ? 1 << 30 : 1 << 14};
  AlignedSamples row(padded(samples));
  kernels.blend(&pairs, {0, 14, whole}, blend_rounding(14, 0), 0, padded(samples), row.data());
  return {row.data(), row.data() + samples};
}

class RowKernelsTest : public testing::TestWithParam<KernelSet> {
 protected:
  const RowKernels& plain_ = plain_kernels();
  const RowKernels& vector_ = *GetParam().kernels;
  Random random_;

  void expect_same_linear_rows(RowFormat format, std::size_t width, GuardedBytes::Side side) {
    const std::size_t channels = channels_of(format);
    const GuardedBytes upper(width * channels, side);
    const GuardedBytes lower(width * channels, side);
    random_.fill(upper.bytes(), format);
    random_.fill(lower.bytes(), format);
    const std::size_t stride = 2 * padded(width);
    AlignedSamples one(stride * channels);
    AlignedSamples other(stride * channels);
    plain_.linearise(upper.bytes().data(), lower.bytes().data(), format, width,
                     {one.data(), stride, channels_of(format)});
    vector_.linearise(upper.bytes().data(), lower.bytes().data(), format, width,
                      {other.data(), stride, channels_of(format)});
    for (std::size_t channel = 0; channel < channels; ++channel) {
      for (const bool low : {false, true}) {
        ASSERT_EQ(row_of(plain_, one.data() + channel * stride, width, low),
                  row_of(vector_, other.data() + channel * stride, width, low))
            << width << ' ' << channel << ' ' << low;
      }
    }
  }
};

TEST_P(RowKernelsTest, LineariseLikeThePlainOnes) {
  for (const RowFormat format : all_formats) {
    for (const std::size_t width : widths()) {
      for (const auto side : both_sides) ASSERT_NO_FATAL_FAILURE(expect_same_linear_rows(format, width, side));
    }
  }
}

TEST_P(RowKernelsTest, LineariseEverySample) {
  std::array<std::uint8_t, 256> samples{};
  for (std::size_t at = 0; at < samples.size(); ++at) samples[at] = static_cast<std::uint8_t>(at);
  AlignedSamples pairs(512);
  vector_.linearise(samples.data(), samples.data(), RowFormat::grey, 256, {pairs.data(), 512, 1});
  const std::vector<std::int16_t> linear = row_of(vector_, pairs.data(), 256, true);
  EXPECT_TRUE(std::equal(linear.begin(), linear.end(), linear_of_srgb().begin()));
}

TEST_P(RowKernelsTest, SeeWhetherARowIsOpaque) {
  for (const std::size_t width : widths()) {
    for (const auto side : both_sides) {
      const GuardedBytes row(4 * width, side);
      random_.fill(row.bytes(), RowFormat::rgb);
      for (std::size_t at = 0; at < width; ++at) row.bytes()[4 * at + 3] = 255;
      ASSERT_TRUE(vector_.is_opaque(row.bytes().data(), width));
      for (std::size_t at = 0; at < width; ++at) {
        row.bytes()[4 * at + 3] = 254;
        ASSERT_FALSE(vector_.is_opaque(row.bytes().data(), width)) << width << ' ' << at;
        row.bytes()[4 * at + 3] = 255;
      }
    }
  }
}

TEST_P(RowKernelsTest, BlendLikeThePlainOnes) {
  for (std::size_t count = 1; count <= 40; ++count) {
    const std::size_t offset = count % 2 * plane_step;
    const std::size_t samples = offset + plane_step * (1 + count % 3);
    const std::vector<std::int32_t> weights = weights_for(count, random_);
    const Taps taps{0, 14 + static_cast<std::uint32_t>(count % 2), weights};
    std::vector<std::int16_t> rows(2 * samples);
    AlignedSamples one(count * rows.size());
    AlignedSamples other(count * rows.size());
    std::vector<const std::int16_t*> one_pairs;
    std::vector<const std::int16_t*> other_pairs;
    for (std::size_t pair = 0; pair < count; ++pair) {
      random_.fill(std::span(rows));
      plain_.pair_up(rows.data(), rows.data() + samples, samples, one.data() + pair * rows.size());
      vector_.pair_up(rows.data(), rows.data() + samples, samples, other.data() + pair * rows.size());
      one_pairs.push_back(one.data() + pair * rows.size());
      other_pairs.push_back(other.data() + pair * rows.size());
    }
    std::vector<std::int16_t> plain(samples);
    std::vector<std::int16_t> vector(samples);
    plain_.blend(one_pairs.data(), taps, blend_rounding(taps.shift, 0), offset, samples - offset, plain.data());
    vector_.blend(other_pairs.data(), taps, blend_rounding(taps.shift, 0), offset, samples - offset, vector.data());
    ASSERT_EQ(plain, vector) << count;
  }
}

TEST_P(RowKernelsTest, TurnRowsIntoBlocksAndBackLikeThePlainOnes) {
  for (const std::size_t samples : {plane_step, 2 * plane_step, 5 * plane_step}) {
    std::vector<std::int16_t> rows(band_rows * samples);
    random_.fill(std::span(rows));
    std::vector<std::int16_t> plain(rows.size());
    std::vector<std::int16_t> vector(rows.size());
    plain_.to_block(rows.data(), samples, samples, plain.data());
    vector_.to_block(rows.data(), samples, samples, vector.data());
    ASSERT_EQ(plain, vector);
    std::vector<std::int16_t> back(rows.size());
    vector_.from_block(vector.data(), samples, back.data(), samples);
    ASSERT_EQ(back, rows);
    plain_.from_block(plain.data(), samples, back.data(), samples);
    ASSERT_EQ(back, rows);
  }
}

TEST_P(RowKernelsTest, ScaleLikeThePlainOnes) {
  for (std::uint32_t source_px = 1; source_px <= 64; ++source_px) {
    for (const std::uint32_t target_px : {1U, 2U, 7U, 16U, 33U, 100U}) {
      const Axis axis{source_px, target_px, std::int64_t{1} * source_px * target_px, std::int64_t{8} * source_px,
                      std::int64_t{10} * target_px};
      const TapTable table(axis, source_px % 2 == 0 ? Filter::lanczos3 : Filter::catmull_rom, target_px % 3);
      for (const std::uint32_t channels : {1U, 3U, 4U}) {
        const std::size_t from_plane = padded(source_px + 1) * band_rows;
        const std::size_t to_plane = padded(table.size()) * band_rows;
        std::vector<std::int16_t> block(from_plane * channels);
        random_.fill(std::span(block));
        std::vector<std::int16_t> plain(to_plane * channels);
        std::vector<std::int16_t> vector(plain.size());
        plain_.scale({block.data(), from_plane, channels}, table, {plain.data(), to_plane, channels});
        vector_.scale({block.data(), from_plane, channels}, table, {vector.data(), to_plane, channels});
        for (std::size_t at = 0; at < plain.size(); ++at) {
          const std::size_t column = at % to_plane / (2 * band_rows) * 2 + at % 2;
          if (column >= table.size()) continue;
          ASSERT_EQ(plain[at], vector[at]) << source_px << ' ' << target_px << ' ' << channels << ' ' << at;
        }
      }
    }
  }
}

TEST_P(RowKernelsTest, EncodeLikeThePlainOnes) {
  for (const std::size_t width : widths()) {
    const std::size_t stride = padded(width) + plane_step;
    std::vector<std::int16_t> planes(4 * stride);
    for (const RowFormat from : all_formats) {
      random_.fill(std::span(planes));
      // Of half of the widths every pixel is opaque.
      if (width % 2 == 0) std::fill_n(planes.begin() + static_cast<std::ptrdiff_t>(3 * stride), stride, 20'000);
      for (const RowFormat to : all_formats) {
        if (channels_of(to) < channels_of(from)) continue;
        for (const auto side : both_sides) {
          const Planes<const std::int16_t> row{planes.data(), stride, channels_of(from)};
          const GuardedBytes plain(width * channels_of(to), side);
          const GuardedBytes vector(width * channels_of(to), side);
          plain_.encode(row, width, to, plain.bytes().data());
          vector_.encode(row, width, to, vector.bytes().data());
          ASSERT_TRUE(std::equal(plain.bytes().begin(), plain.bytes().end(), vector.bytes().begin())) << width;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sets, RowKernelsTest, testing::ValuesIn(vector_kernel_sets()),
                         [](const auto& set) { return set.param.name; });

}  // namespace
}  // namespace locket::raster
