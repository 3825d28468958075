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
#include "drawn_jpeg.hpp"
#include "instruction_sets.hpp"
#include "jpeg_judge.hpp"

namespace locket::codec {
namespace {

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
    const Bytes damaged = damaged_behind(file, file.size() - scan->data.size(), random);
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
