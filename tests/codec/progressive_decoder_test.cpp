#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "codec/jpeg_decoder.hpp"
#include "drawn_jpeg.hpp"
#include "instruction_sets.hpp"
#include "jpeg_judge.hpp"

namespace locket::codec {
namespace {

using Scans = std::vector<JpegScan>;

/// The scans of some places of one component, the lowest bits one by one.
Scans bits_of(std::uint8_t component, std::uint8_t first, std::uint8_t last, std::uint8_t low) {
  Scans scans{{.components = {component}, .first_coefficient = first, .last_coefficient = last, .missing_bits = low}};
  for (; low > 0; --low) {
    scans.push_back({{component}, first, last, low, static_cast<std::uint8_t>(low - 1)});
  }
  return scans;
}

/// Puts the scans of both behind one another so that each keeps its order.
void merge(Scans& scans, std::size_t from, const Scans& more, std::mt19937& random) {
  for (const JpegScan& scan : more) {
    from += random() % (scans.size() - from + 1);
    scans.insert(scans.begin() + static_cast<std::ptrdiff_t>(from++), scan);
  }
}

/// Any way to send a picture bit by bit: all first coefficients at once or each by itself, the others in some bands,
/// some of them not at all, in any order.
Scans some_scans(std::uint8_t components, std::mt19937& random) {
  Scans scans;
  std::vector<std::uint8_t> all;
  for (std::uint8_t i = 1; i <= components; ++i) all.push_back(i);
  if (random() % 2 == 0) {
    scans = bits_of(1, 0, 0, static_cast<std::uint8_t>(random() % 3));
    for (JpegScan& scan : scans) scan.components = all;
  } else {
    for (const std::uint8_t component : all) {
      merge(scans, 0, bits_of(component, 0, 0, static_cast<std::uint8_t>(random() % 3)), random);
    }
  }
  const std::size_t dc_begun = scans.size();  // a simple way to be behind the first of each component
  for (const std::uint8_t component : all) {
    for (std::uint8_t first = 1; first <= 63;) {
      const auto last = static_cast<std::uint8_t>(random() % 3 == 0 ? 63 : first + random() % (64U - first));
      const Scans band = bits_of(component, first, last, static_cast<std::uint8_t>(random() % 4));
      if (random() % 8 != 0) merge(scans, dc_begun, band, random);
      first = static_cast<std::uint8_t>(last + 1);
    }
  }
  return scans;
}

std::string told(const Scans& scans) {
  std::string text;
  for (const JpegScan& scan : scans) {
    text += " [" + std::to_string(scan.components.size()) + "x" + std::to_string(scan.components[0]) + ": " +
            std::to_string(scan.first_coefficient) + "-" + std::to_string(scan.last_coefficient) + " " +
            std::to_string(scan.sent_bits) + std::to_string(scan.missing_bits) + "]";
  }
  return text;
}

TEST(ProgressiveDecoder, GivesLibjpegsPixelsAtEverySizeAndSampling) {
  std::mt19937 random(8'811);
  for (std::uint32_t width = 5; width <= 150; width += width < 40 ? 1 : 7) {
    const std::uint32_t height = 1 + random() % (width < 70 ? 67 : 35);
    for (const std::uint8_t sampling : {0x11, 0x21, 0x22, 0}) {
      const bool grey = sampling == 0;
      JpegEncoding encoding{.quality = std::vector{15, 60, 92, 100}[random() % 4],
                            .luma_sampling = static_cast<std::uint8_t>(grey ? 0x11 : sampling),
                            .restart_units = std::vector{0U, 0U, 1U, 3U, 20U}[random() % 5],
                            .progressive = true};
      if (random() % 2 == 0) encoding.scans = some_scans(grey ? 1 : 3, random);
      const Image image = drawn_image({width, height}, grey ? RowFormat::grey : RowFormat::rgb, random);
      expect_same_pixels(encode_jpeg(image, encoding), std::to_string(width) + "x" + std::to_string(height) +
                                                           ", sampling " + std::to_string(sampling) + ", restart " +
                                                           std::to_string(encoding.restart_units) +
                                                           told(encoding.scans));
      if (HasFailure()) return;
    }
  }
}

TEST(ProgressiveDecoder, GivesLibjpegsPixelsWithEverySetOfInstructions) {
  with_every_instruction_set([] {
    std::mt19937 random(8'812);
    for (const std::uint8_t sampling : {0x11, 0x21, 0x22}) {
      const Image image = drawn_image({256, 130}, RowFormat::rgb, random);
      for (const unsigned restart_units : {0U, 5U}) {
        expect_same_pixels(
            encode_jpeg(
                image, {.quality = 97, .luma_sampling = sampling, .restart_units = restart_units, .progressive = true}),
            "sampling " + std::to_string(sampling));
      }
    }
  });
}

TEST(ProgressiveDecoder, GivesLibjpegsPixelsOfNoiseWhoseBlocksAreFull) {
  std::mt19937 random(8'813);
  Image image{.size = {64, 64}, .format = RowFormat::grey, .samples = std::vector<std::uint8_t>(64 * 64)};
  for (std::uint8_t& sample : image.samples) sample = static_cast<std::uint8_t>(random());
  for (const std::uint8_t low : {1, 2, 3, 5, 9}) {
    Scans scans = bits_of(1, 0, 0, low);
    const Scans others = bits_of(1, 1, 63, low);
    scans.insert(scans.end(), others.begin(), others.end());
    expect_same_pixels(encode_jpeg(image, {.quality = 100, .scans = scans}), "from bit " + std::to_string(low));
  }
}

TEST(ProgressiveDecoder, LeavesToLibjpegWhatIsDamagedOrGivesItsPixels) {
  std::mt19937 random(90'211);
  int taken = 0;
  int left = 0;
  for (int round = 0; round < 3'000; ++round) {
    JpegEncoding encoding{.quality = 50,
                          .luma_sampling = static_cast<std::uint8_t>(round % 2 == 0 ? 0x22 : 0x11),
                          .restart_units = round % 3 == 0 ? 2U : 0U,
                          .progressive = true};
    if (round % 5 == 0) encoding.scans = some_scans(3, random);
    const Bytes file = encode_jpeg(drawn_image({40, 33}, RowFormat::rgb, random), encoding);
    const std::optional<ProgressiveFrame> frame = read_progressive_frame(*read_jpeg_layout(file, {}));
    ASSERT_TRUE(frame);
    const Bytes damaged = damaged_behind(file, file.size() - frame->scans.front().data.size(), random);
    const std::optional<JpegVerdicts> verdicts = judge_jpeg(damaged);
    if (!verdicts) {
      ++left;
      continue;
    }
    ++taken;
    ASSERT_TRUE(verdicts->streamed) << round;
    ASSERT_TRUE(verdicts->judged) << round << ": " << verdicts->judged.error().detail;
    EXPECT_TRUE(*verdicts->streamed == *verdicts->plain) << round;
    EXPECT_TRUE(!verdicts->sane_coefficients || *verdicts->streamed == *verdicts->judged) << round;
  }
  EXPECT_GT(taken, 100);
  EXPECT_GT(left, 300);
}

/// Whether our decoder takes a picture of full colour, this wide and high, where it may hold so many bytes.
bool is_taken(std::uint32_t side_px, std::uint64_t memory_bytes_max) {
  std::mt19937 random(6);
  const Bytes file = encode_jpeg(drawn_image({side_px, side_px}, RowFormat::rgb, random), {.progressive = true});
  const auto layout = read_jpeg_layout(file, {});
  const auto frame = read_progressive_frame(*layout);
  return make_progressive_jpeg_decoder(*frame, {.decode_memory_bytes_max = memory_bytes_max}, Kernel::plain) != nullptr;
}

/// What is decoded at once of a picture this wide.
constexpr std::uint64_t row_bytes(std::uint32_t side_px) { return side_px * 35 + 131'072; }

TEST(ProgressiveDecoder, LeavesToLibjpegWhatTakesMoreMemoryThanTheLimit) {
  constexpr std::uint64_t large_pages = 2 * 2'097'152;  // 75 rows of 80 blocks, three components, 144 bytes a block
  EXPECT_TRUE(is_taken(600, large_pages + row_bytes(600)));
  EXPECT_FALSE(is_taken(600, large_pages + row_bytes(600) - 1));
}

// A large page is filled with zeros whole: for a small picture that would take a hundred times as long as the rest.
TEST(ProgressiveDecoder, TakesNoLargePageForASmallPicture) {
  constexpr std::uint64_t coefficients = std::uint64_t{3} * 8 * 8 * 144;
  EXPECT_TRUE(is_taken(64, coefficients + row_bytes(64)));
  EXPECT_FALSE(is_taken(64, coefficients + row_bytes(64) - 1));
}

}  // namespace
}  // namespace locket::codec
