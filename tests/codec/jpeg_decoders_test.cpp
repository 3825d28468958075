#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "codec/baseline_scan.hpp"
#include "corpus.hpp"
#include "decoded_picture.hpp"
#include "encoded_jpeg.hpp"
#include "instruction_sets.hpp"
#include "jpeg_judge.hpp"

namespace locket::codec {
namespace {

/// Lines, areas and noise: blocks of one value, of few coefficients and of many.
Image drawn_image(PixelSize size, RowFormat format, std::mt19937& random) {
  Image image{.size = size, .format = format, .samples = {}};
  const std::uint32_t channels = channels_of(format);
  image.samples.resize(image.row_bytes() * size.height_px);
  const std::uint32_t noise = random() % 3 == 0 ? 255 : 3;
  for (std::uint32_t y = 0; y < size.height_px; ++y) {
    for (std::uint32_t x = 0; x < size.width_px * channels; ++x) {
      const std::uint32_t pixel = x / channels;
      const bool line = (pixel + y) % 37 == 0 || pixel % 29 == 0;
      const bool noisy = (pixel / 16 + y / 16) % 3 == 0;
      const std::uint32_t area = 40 + (pixel / 24 * 31 + y / 24 * 57 + x % channels * 90) % 180;
      const std::uint32_t value = line ? x % channels * 120 : area + (noisy ? random() & noise : 0);
      image.samples[y * image.row_bytes() + x] = static_cast<std::uint8_t>(value);
    }
  }
  return image;
}

void expect_same_pixels(BytesView file, const std::string& name) {
  const std::optional<JpegVerdicts> verdicts = judge_jpeg(file);
  ASSERT_TRUE(verdicts) << name;
  ASSERT_TRUE(verdicts->judged) << name << ": " << verdicts->judged.error().detail;
  ASSERT_TRUE(verdicts->streamed) << name << ": " << verdicts->streamed.error().detail;
  EXPECT_TRUE(*verdicts->streamed == *verdicts->judged) << name;
  ASSERT_TRUE(verdicts->plain) << name;
  EXPECT_TRUE(*verdicts->plain == *verdicts->judged) << name << ", plain kernel";
}

TEST(JpegDecoders, OursGivesLibjpegsPixelsAtEverySizeAndSampling) {
  std::mt19937 random(4'711);
  for (std::uint32_t width = 5; width <= 260; ++width) {
    const std::uint32_t height = 1 + random() % (width < 70 ? 67 : 35);
    for (const std::uint8_t sampling : {0x11, 0x21, 0x22, 0}) {
      const JpegEncoding encoding{.quality = std::vector{15, 60, 92, 100}[random() % 4],
                                  .luma_sampling = static_cast<std::uint8_t>(sampling == 0 ? 0x11 : sampling),
                                  .restart_units = std::vector{0U, 0U, 1U, 3U}[random() % 4],
                                  .optimised = random() % 2 == 0};
      const Image image = drawn_image({width, height}, sampling == 0 ? RowFormat::grey : RowFormat::rgb, random);
      expect_same_pixels(encode_jpeg(image, encoding), std::to_string(width) + "x" + std::to_string(height) +
                                                           ", sampling " + std::to_string(sampling) + ", restart " +
                                                           std::to_string(encoding.restart_units));
    }
  }
}

TEST(JpegDecoders, OursGivesLibjpegsPixelsWithEverySetOfInstructions) {
  with_every_instruction_set([] {
    std::mt19937 random(4'712);
    for (const std::uint8_t sampling : {0x11, 0x21, 0x22}) {
      const JpegEncoding encoding{.quality = 92, .luma_sampling = sampling, .restart_units = 5};
      const Image image = drawn_image({256, 130}, RowFormat::rgb, random);
      expect_same_pixels(encode_jpeg(image, encoding), "sampling " + std::to_string(sampling));
    }
  });
}

TEST(JpegDecoders, OursGivesLibjpegsPixelsOfTheCorpus) {
  int taken = 0;
  for (const CorpusFile& file : corpus_files("jpeg")) {
    const Bytes bytes = read_file(file.path);
    const std::optional<JpegVerdicts> verdicts = judge_jpeg(bytes);
    if (!verdicts) continue;
    ++taken;
    ASSERT_EQ(verdicts->streamed.has_value(), verdicts->judged.has_value()) << file.name;
    ASSERT_EQ(verdicts->plain.has_value(), verdicts->judged.has_value()) << file.name;
    if (!verdicts->judged) {
      EXPECT_EQ(verdicts->streamed.error().code, verdicts->judged.error().code) << file.name;
      continue;
    }
    EXPECT_TRUE(*verdicts->streamed == *verdicts->judged) << file.name;
    EXPECT_TRUE(*verdicts->plain == *verdicts->judged) << file.name;
  }
  if (taken == 0) GTEST_SKIP() << "LOCKET_CORPUS names no folder";
  EXPECT_GE(taken, 40);
}

/// Changes some bytes of a file behind its headers.
Bytes changed(const Bytes& file, std::size_t data_at, std::mt19937& random) {
  Bytes other = file;
  for (std::uint32_t changes = 1 + random() % 3; changes > 0; --changes) {
    const auto at = static_cast<std::ptrdiff_t>(data_at + random() % (other.size() - 2 - data_at));
    switch (random() % 4) {
      case 0: other.erase(other.begin() + at); break;
      case 1: other.insert(other.begin() + at, std::byte{static_cast<std::uint8_t>(random())}); break;
      case 2: other[static_cast<std::size_t>(at)] ^= std::byte{static_cast<std::uint8_t>(1U << random() % 8)}; break;
      default: other[static_cast<std::size_t>(at)] = std::byte{static_cast<std::uint8_t>(random())}; break;
    }
  }
  return other;
}

TEST(JpegDecoders, OursRefusesDamagedDataThatLibjpegRefuses) {
  std::mt19937 random(90'210);
  int taken = 0;
  int refused = 0;
  int compared = 0;
  for (int round = 0; round < 3'000; ++round) {
    const JpegEncoding encoding{.quality = 50,
                                .luma_sampling = static_cast<std::uint8_t>(round % 2 == 0 ? 0x22 : 0x11),
                                .restart_units = round % 3 == 0 ? 2U : 0U,
                                .optimised = round % 5 == 0};
    const Bytes file = encode_jpeg(drawn_image({40, 33}, RowFormat::rgb, random), encoding);
    const std::optional<BaselineScan> scan = read_baseline_scan(*read_jpeg_layout(file, {}));
    ASSERT_TRUE(scan);
    const Bytes damaged = changed(file, file.size() - scan->data.size(), random);
    const std::optional<JpegVerdicts> verdicts = judge_jpeg(damaged);
    if (!verdicts) continue;
    ++taken;
    ASSERT_TRUE(verdicts->taken_alike()) << round << ": "
                                         << (verdicts->judged ? verdicts->streamed.error().detail
                                                              : verdicts->judged.error().detail);
    ASSERT_EQ(verdicts->streamed.has_value(), verdicts->plain.has_value()) << round;
    if (!verdicts->judged || !verdicts->streamed) {
      ++refused;
      if (verdicts->judged || verdicts->streamed) continue;
      EXPECT_EQ(verdicts->streamed.error().code, verdicts->judged.error().code) << round;
      continue;
    }
    EXPECT_TRUE(*verdicts->streamed == *verdicts->plain) << round;
    if (!verdicts->sane_coefficients) continue;
    ++compared;
    EXPECT_TRUE(*verdicts->streamed == *verdicts->judged) << round;
  }
  EXPECT_GT(compared, 50);
  EXPECT_GT(taken, 1'000);
  EXPECT_GT(refused, 100);
  EXPECT_GT(taken - refused, 100);
}

TEST(JpegDecoders, OursToleratesStrayBytesBeforeAMarkerAsLibjpegDoes) {
  std::mt19937 random(5);
  const Image image = drawn_image({40, 33}, RowFormat::rgb, random);
  for (const unsigned restart_units : {0U, 2U}) {
    const Bytes file = encode_jpeg(image, {.restart_units = restart_units});
    std::size_t marker = file.size() - 2;
    while (restart_units != 0 && (file[marker] != std::byte{0xFF} || file[marker + 1] != std::byte{0xD1})) --marker;
    for (std::size_t stray_bytes = 0; stray_bytes <= 40; ++stray_bytes) {
      Bytes longer = file;
      longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(marker), stray_bytes, std::byte{0x55});
      const std::optional<JpegVerdicts> verdicts = judge_jpeg(longer);
      ASSERT_TRUE(verdicts);
      EXPECT_TRUE(!verdicts->judged || (verdicts->streamed && *verdicts->streamed == *verdicts->judged))
          << stray_bytes << " bytes";
      const std::size_t most = restart_units == 0 ? 24 : 16;
      EXPECT_EQ(verdicts->streamed.has_value(), stray_bytes <= most) << stray_bytes << " bytes";
    }
  }
}

}  // namespace
}  // namespace locket::codec
