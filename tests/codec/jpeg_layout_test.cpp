#include "codec/jpeg_layout.hpp"

#include <gtest/gtest.h>

#include <ctime>

#include "decoded_picture.hpp"
#include "jpeg_file.hpp"

namespace locket::codec {
namespace {

using Data = std::vector<std::uint8_t>;

constexpr std::uint8_t progressive = 0xC2;
constexpr std::uint8_t arithmetic = 0xC9;
constexpr std::uint8_t progressive_arithmetic = 0xCA;
constexpr int precision_bits = 13;  // T.81, G.1.2.1: the most that may be missing at first
constexpr double refusal_s_max = 0.1;
constexpr double picture_s_max = 2;

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

Code code_of(const Bytes& file, const Limits& limits = {}) {
  const auto reader = open_picture(file, limits);
  if (!reader) return reader.error().code;
  for (;;) {
    const auto batch = (*reader)->next_rows();
    if (!batch) return batch.error().code;
    if (batch->rows == 0) return Code::internal_error;  // it was taken
  }
}

/// Two symbols: the first coefficient does not change, and the codes that end the band in as many blocks as can be
/// told.
JpegFile& tables_of_nothing(JpegFile& file) {
  Data ends;
  for (int bits = 14; bits >= 0; --bits) ends.push_back(static_cast<std::uint8_t>(bits << 4));
  return file.huffman_table(0, Data{0}).huffman_table(1, ends);
}

/// The fewest bytes that say of so many blocks that nothing is in them: 32,767 blocks in 15 bits.
Data empty_band(std::uint64_t blocks) {
  Data data;
  unsigned held = 0;
  int held_bits = 0;
  const auto put = [&](std::uint64_t value, int bits) {
    for (int i = bits - 1; i >= 0; --i) {
      held = held << 1 | (value >> i & 1U);
      if (++held_bits == 8) {
        data.push_back(static_cast<std::uint8_t>(held));
        if (data.back() == 0xFF) data.push_back(0);
        held = 0;
        held_bits = 0;
      }
    }
  };
  while (blocks > 0) {
    int bits = 14;
    while (std::uint64_t{1} << bits > blocks) --bits;
    const std::uint64_t run = std::min<std::uint64_t>(blocks, (std::uint64_t{2} << bits) - 1);
    put((std::uint64_t{2} << (14 - bits)) - 2, 15 - bits);
    put(run - (std::uint64_t{1} << bits), bits);
    blocks -= run;
  }
  while (held_bits != 0) put(1, 1);
  return data;
}

/// Every component brought from nothing to its full precision bit by bit, with data of a few bytes.
Bytes scan_bomb(PixelSize size, int bits_missing) {
  const std::uint64_t blocks = std::uint64_t{(size.width_px + 7) / 8} * ((size.height_px + 7) / 8);
  JpegFile file;
  tables_of_nothing(file.frame(progressive, size, {0x11, 0x11, 0x11, 0x11}));
  file.scan({.components = {1, 2, 3, 4}}, Data(blocks / 2 + 1));
  const Data nothing = empty_band(blocks);
  for (std::uint8_t component = 1; component <= 4; ++component) {
    for (int missing = bits_missing; missing >= 0; --missing) {
      file.scan({.components = {component},
                 .first_coefficient = 1,
                 .last_coefficient = 63,
                 .sent_bits = static_cast<std::uint8_t>(missing == bits_missing ? 0 : missing + 1),
                 .missing_bits = static_cast<std::uint8_t>(missing)},
                nothing);
    }
  }
  return file.end().bytes();
}

/// Scans without any data: an arithmetic decoder takes what is missing for zeros.
Bytes hollow(std::uint8_t frame, PixelSize size) {
  JpegFile file;
  file.frame(frame, size, {0x11, 0x11, 0x11, 0x11});
  if (frame == arithmetic) return file.scan({.components = {1, 2, 3, 4}, .last_coefficient = 63}, {}).end().bytes();
  const auto refine = [&](JpegScan scan) {
    for (int missing = precision_bits; missing >= 0; --missing) {
      scan.sent_bits = static_cast<std::uint8_t>(missing == precision_bits ? 0 : missing + 1);
      scan.missing_bits = static_cast<std::uint8_t>(missing);
      file.scan(scan, {});
    }
  };
  refine({.components = {1, 2, 3, 4}});
  for (std::uint8_t component = 1; component <= 4; ++component) {
    refine({.components = {component}, .first_coefficient = 1, .last_coefficient = 63});
  }
  return file.end().bytes();
}

// A decoder can not tell an arithmetic-coded scan that was cut off from a whole one, for its end may be left out when
// it is zero (T.81, D.1.8), and a few hundred bytes ask for 165 million decisions. No browser shows such pictures.
TEST(JpegLayout, RefusesArithmeticCodingBeforeAnythingIsDecoded) {
  for (const std::uint8_t frame : {arithmetic, progressive_arithmetic}) {
    const Bytes file = hollow(frame, {.width_px = 4'000, .height_px = 4'000});
    EXPECT_LT(file.size(), 1'000U);
    const double start = cpu_seconds();
    EXPECT_EQ(code_of(file), Code::picture_feature_unsupported) << unsigned{frame};
    EXPECT_LT(cpu_seconds() - start, refusal_s_max) << unsigned{frame};
  }
}

TEST(JpegLayout, RefusesScansThatTogetherGoThroughTooManyBlocks) {
  const Bytes bomb = scan_bomb({.width_px = 4'000, .height_px = 4'000}, precision_bits);
  EXPECT_LT(bomb.size(), 130'000U);
  double start = cpu_seconds();
  EXPECT_EQ(code_of(bomb), Code::picture_work_over_limit);
  EXPECT_LT(cpu_seconds() - start, refusal_s_max);
  start = cpu_seconds();
  // Every block seven times is less than what is accepted, and more than encoders write by default.
  EXPECT_EQ(code_of(scan_bomb({.width_px = 4'000, .height_px = 4'000}, 5)), Code::internal_error);
  EXPECT_LT(cpu_seconds() - start, picture_s_max);
}

TEST(JpegLayout, RefusesAPictureInSeveralScansWithMorePixelsThanMayBeKept) {
  constexpr std::uint8_t baseline = 0xC0;
  JpegFile file;
  tables_of_nothing(file.frame(baseline, {.width_px = 16, .height_px = 16}, {0x11, 0x11, 0x11}));
  for (std::uint8_t component = 1; component <= 3; ++component) {
    file.scan({.components = {component}, .last_coefficient = 63}, Data(4));
  }
  file.end();
  Limits limits;
  limits.buffered_picture_pixels_max = 255;
  EXPECT_EQ(code_of(file.bytes(), limits), Code::picture_pixels_over_limit);
  limits.buffered_picture_pixels_max = 256;
  EXPECT_NE(code_of(file.bytes(), limits), Code::picture_pixels_over_limit);
}

TEST(JpegLayout, CountsTheBlocksOfEachScanWithTheirPadding) {
  const auto code_with = [](const Bytes& file, std::uint64_t blocks_max) {
    Limits limits;
    limits.buffered_picture_pixels_max = blocks_max * 2;  // 32 times a block of 64 pixels
    return code_of(file, limits);
  };
  // 8 x 120: 15 blocks of each of four components, in the first scan and in 14 more.
  const Bytes even = scan_bomb({.width_px = 8, .height_px = 120}, precision_bits);
  EXPECT_EQ(code_with(even, 928), Code::internal_error);
  EXPECT_EQ(code_with(even, 896), Code::picture_work_over_limit);
  // 17 x 9 with chroma halved both ways: 2 x 1 units of 4 + 1 + 1 blocks, in 14 scans.
  JpegFile file;
  tables_of_nothing(file.frame(progressive, {.width_px = 17, .height_px = 9}, {0x22, 0x11, 0x11}));
  for (int missing = precision_bits; missing >= 0; --missing) {
    file.scan({.components = {1, 2, 3},
               .sent_bits = static_cast<std::uint8_t>(missing == precision_bits ? 0 : missing + 1),
               .missing_bits = static_cast<std::uint8_t>(missing)},
              Data(2));
  }
  file.end();
  EXPECT_EQ(code_with(file.bytes(), 192), Code::internal_error);
  EXPECT_EQ(code_with(file.bytes(), 160), Code::picture_work_over_limit);
}

}  // namespace
}  // namespace locket::codec
