#include "codec/progressive_frame.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "encoded_jpeg.hpp"
#include "jpeg_file.hpp"

namespace locket::codec {
namespace {

constexpr std::uint8_t sof2 = 0xC2;

std::optional<ProgressiveFrame> frame_of(const Bytes& file) {
  const Result<JpegLayout> layout = read_jpeg_layout(file, {});
  EXPECT_TRUE(layout);
  return layout ? read_progressive_frame(*layout) : std::nullopt;
}

/// A file of three components with these scans; their data matters to nobody here.
JpegFile file_of(const std::vector<JpegScan>& scans, std::uint8_t luma_sampling = 0x11) {
  constexpr std::array<std::uint8_t, 2> symbols{0, 1};
  constexpr std::array<std::uint8_t, 2> data{0x55, 0};
  JpegFile file;
  file.frame(sof2, {40, 24}, {luma_sampling, 0x11, 0x11}).huffman_table(0, symbols).huffman_table(1, symbols);
  for (const JpegScan& scan : scans) file.scan(scan, data);
  return file;
}

bool is_usual(const std::vector<JpegScan>& scans) { return frame_of(file_of(scans).end().bytes()).has_value(); }

TEST(ProgressiveFrame, TellsTheScans) {
  const auto frame =
      frame_of(file_of({{{1, 2, 3}, 0, 0, 0, 1}, {{2}, 1, 63, 0, 0}, {{1, 2, 3}, 0, 0, 1, 0}}, 0x22).end().bytes());
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->size, (PixelSize{40, 24}));
  EXPECT_EQ(frame->sampling, ChromaSampling::quarter);
  ASSERT_EQ(frame->scans.size(), 3U);
  EXPECT_EQ(frame->scans[0].components, 3);
  EXPECT_EQ(frame->scans[0].low_bit, 1);
  EXPECT_FALSE(frame->scans[0].refines);
  EXPECT_EQ(frame->scans[1].first_component, 1);
  EXPECT_EQ(frame->scans[1].components, 1);
  EXPECT_EQ(frame->scans[1].first_place, 1);
  EXPECT_EQ(frame->scans[1].last_place, 63);
  EXPECT_TRUE(frame->scans[2].refines);
  EXPECT_EQ(frame->scans[2].low_bit, 0);
}

TEST(ProgressiveFrame, LeavesScansToLibjpegThatRepeatSkipOrLeaveOutBits) {
  const JpegScan first{{1, 2, 3}, 0, 0, 0, 0};
  const JpegScan rough{{1, 2, 3}, 0, 0, 0, 2};
  EXPECT_TRUE(is_usual({first}));
  EXPECT_TRUE(is_usual({{{1}, 0, 0, 0, 0}, {{2}, 0, 0, 0, 0}, {{3}, 0, 0, 0, 0}}));
  EXPECT_FALSE(is_usual({rough})) << "two bits are missing";
  EXPECT_TRUE(is_usual({rough, {{1, 2, 3}, 0, 0, 2, 1}, {{1, 2, 3}, 0, 0, 1, 0}}));
  EXPECT_FALSE(is_usual({rough, {{1, 2, 3}, 0, 0, 2, 0}})) << "two bits at once";
  EXPECT_FALSE(is_usual({rough, {{1, 2, 3}, 0, 0, 1, 0}})) << "a bit is skipped";
  EXPECT_FALSE(is_usual({first, first})) << "twice the same";
  EXPECT_FALSE(is_usual({{{1}, 1, 5, 0, 0}, first})) << "before the first coefficient";
  EXPECT_TRUE(is_usual({first, {{1}, 1, 5, 0, 0}, {{1}, 10, 63, 0, 0}})) << "what nobody sends is zero";
  EXPECT_FALSE(is_usual({first, {{1}, 1, 5, 0, 1}})) << "a bit is missing";
  EXPECT_FALSE(is_usual({first, {{1}, 1, 5, 0, 0}, {{1}, 5, 63, 0, 0}})) << "one place twice";
  EXPECT_FALSE(is_usual({first, {{1}, 1, 5, 1, 0}})) << "refined before it began";
  EXPECT_FALSE(is_usual({first, {{1, 2, 3}, 1, 5, 0, 0}})) << "several components";
  EXPECT_FALSE(is_usual({{{1, 2, 3}, 0, 5, 0, 0}})) << "the first and others together";
  EXPECT_FALSE(is_usual({first, {{1}, 6, 5, 0, 0}}));
  EXPECT_FALSE(is_usual({first, {{1}, 1, 64, 0, 0}}));
  EXPECT_FALSE(is_usual({first, {{1}, 1, 63, 0, 14}}));
  EXPECT_FALSE(is_usual({{{1, 2}, 0, 0, 0, 0}, {{3}, 0, 0, 0, 0}})) << "two of three components";
  EXPECT_FALSE(is_usual({{{3, 2, 1}, 0, 0, 0, 0}})) << "in another order";
  EXPECT_FALSE(is_usual({first, {{4}, 1, 5, 0, 0}})) << "of nobody";
}

TEST(ProgressiveFrame, LeavesUnusualSegmentsToLibjpeg) {
  const JpegScan first{{1, 2, 3}, 0, 0, 0, 0};
  const JpegScan more{{1}, 1, 63, 0, 0};
  const std::vector<std::uint8_t> comment{'x'};
  std::vector<std::uint8_t> steps(65, 1);
  steps.front() = 0;
  constexpr std::array<std::uint8_t, 2> data{0x55, 0};
  EXPECT_TRUE(frame_of(file_of({first}).segment(0xFE, comment).scan(more, data).end().bytes()));
  EXPECT_FALSE(frame_of(file_of({first}).segment(0xDB, steps).scan(more, data).end().bytes())) << "new steps";
  EXPECT_FALSE(frame_of(file_of({first}).segment(0xE0, comment).scan(more, data).end().bytes())) << "late colours";
  EXPECT_FALSE(frame_of(file_of({first}, 0x12).end().bytes())) << "a sampling that nobody uses";
  const std::vector<std::uint8_t> restart{0, 15};  // as many blocks as a component has
  EXPECT_TRUE(frame_of(file_of({first}).segment(0xDD, restart).scan(more, data).end().bytes()));
  const std::vector<std::uint8_t> early{0, 14};
  EXPECT_FALSE(frame_of(file_of({first}).segment(0xDD, early).scan(more, data).end().bytes())) << "no marker there";
  constexpr std::array<std::uint8_t, 4> restarted{0x55, 0xFF, 0xD0, 0x55};
  EXPECT_TRUE(frame_of(file_of({first}).segment(0xDD, early).scan(more, restarted).end().bytes()));
  constexpr std::array<std::uint8_t, 4> filled{0x55, 0xFF, 0xFF, 0x00};
  EXPECT_FALSE(frame_of(file_of({first}).scan(more, filled).end().bytes())) << "a fill byte";
}

TEST(ProgressiveFrame, LeavesOtherKindsToLibjpeg) {
  constexpr std::array<std::uint8_t, 2> symbols{0, 1};
  constexpr std::array<std::uint8_t, 2> data{0x55, 0};
  const JpegScan first{{1, 2, 3}, 0, 0, 0, 0};
  JpegFile no_code;
  no_code.frame(sof2, {40, 24}, {0x11, 0x11, 0x11}).huffman_table(1, symbols).scan(first, data).end();
  EXPECT_FALSE(frame_of(no_code.bytes()));
  JpegFile four;
  four.frame(sof2, {40, 24}, {0x11, 0x11, 0x11, 0x11}).huffman_table(0, symbols);
  four.scan({{1, 2, 3, 4}, 0, 0, 0, 0}, data).end();
  EXPECT_FALSE(frame_of(four.bytes()));
  const Image image{.size = {40, 24}, .format = RowFormat::rgb, .samples = std::vector<std::uint8_t>(40 * 24 * 3)};
  EXPECT_TRUE(frame_of(encode_jpeg(image, {.progressive = true})));
  EXPECT_FALSE(frame_of(encode_jpeg(image, {}))) << "baseline";
  EXPECT_FALSE(frame_of(encode_jpeg(image, {.progressive = true, .rgb = true})));
}

TEST(ProgressiveFrame, CountsTheBlocksOfEachComponent) {
  const auto counts = [](std::uint32_t width, std::uint32_t height, ChromaSampling sampling, std::size_t component) {
    const BlockCounts blocks = block_counts({width, height}, sampling, component);
    return std::pair(blocks.across, blocks.down);
  };
  EXPECT_EQ(counts(17, 9, ChromaSampling::quarter, 0), std::pair(3U, 2U));
  EXPECT_EQ(counts(17, 9, ChromaSampling::quarter, 1), std::pair(2U, 1U));
  EXPECT_EQ(counts(17, 9, ChromaSampling::half, 2), std::pair(2U, 2U));
  EXPECT_EQ(counts(17, 9, ChromaSampling::full, 2), std::pair(3U, 2U));
  EXPECT_EQ(counts(8, 8, ChromaSampling::grey, 0), std::pair(1U, 1U));
}

}  // namespace
}  // namespace locket::codec
