#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "corpus.hpp"
#include "decoded_picture.hpp"
#include "decoded_png.hpp"
#include "png_file.hpp"
#include "png_judge.hpp"

namespace locket::codec {
namespace {

Code code_of(const Bytes& file, const Limits& limits = {}) {
  const Result<DecodedPicture> picture = decode_picture(file, limits);
  return picture ? Code::internal_error : picture.error().code;
}

std::vector<std::uint8_t> grey_rows(std::uint32_t width, std::uint32_t height) {
  std::vector<std::uint8_t> raw;
  for (std::uint32_t y = 0; y < height; ++y) {
    raw.push_back(0);
    for (std::uint32_t x = 0; x < width; ++x) raw.push_back(static_cast<std::uint8_t>(7 * x + 31 * y));
  }
  return raw;
}

Bytes grey_file(std::uint32_t width, std::uint32_t height) {
  return PngFile().header({.width = width, .height = height}).data(grey_rows(width, height)).end().bytes();
}

void expect_equal_to_libpng(const std::string& folder) {
  const std::vector<CorpusFile> files = corpus_files(folder);
  if (files.empty()) GTEST_SKIP() << "LOCKET_CORPUS names no folder";
  Limits limits;
  limits.picture_bytes_max = 10'000'000;
  int compared = 0;
  for (const CorpusFile& file : files) {
    const Bytes bytes = read_file(file.path);
    if (sniff_media_type(bytes) != MediaType::png) continue;
    const Result<DecodedPicture> picture = decode_picture(bytes, limits);
    if (!picture || picture->header.facts.profile_ignored) continue;
    const std::optional<Image> judged = judge_png(bytes);
    ASSERT_TRUE(judged.has_value()) << file.name << " is refused by libpng";
    if (file.name == "vcr_after-click-unit-system.png") continue;  // has a profile, which libpng does not apply
    EXPECT_EQ(picture->image.size, judged->size) << file.name;
    EXPECT_TRUE(to_rgba(picture->image) == judged->samples) << file.name;
    ++compared;
  }
  EXPECT_GT(compared, 30);
}

TEST(PngReader, GivesLibpngsPixelsForPngSuite) { expect_equal_to_libpng("pngsuite"); }

TEST(PngReader, GivesLibpngsPixelsForRealPictures) { expect_equal_to_libpng("imodel"); }

TEST(PngReader, GivesLibpngsPixelsForHostileFilesThatAreValid) { expect_equal_to_libpng("hostile"); }

TEST(PngReader, TellsTheSmallestFormThatLosesNothing) {
  const std::array<std::uint8_t, 6> palette{1, 2, 3, 4, 5, 6};
  const std::array<std::uint8_t, 3> row{0, 0, 1};
  const PngHeader header{.width = 2, .colour = 3};
  const std::array<std::uint8_t, 2> solid{255, 255};
  const std::array<std::uint8_t, 2> half{255, 128};

  Result<DecodedPicture> picture = decode_picture(grey_file(2, 1));
  EXPECT_EQ(picture->header.format, RowFormat::grey);
  picture = decode_picture(PngFile().header(header).chunk("PLTE", palette).data(row).end().bytes());
  EXPECT_EQ(picture->header.format, RowFormat::rgb);
  EXPECT_EQ(picture->image.samples, (std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6}));
  picture =
      decode_picture(PngFile().header(header).chunk("PLTE", palette).chunk("tRNS", solid).data(row).end().bytes());
  EXPECT_EQ(picture->header.format, RowFormat::rgb);
  picture = decode_picture(PngFile().header(header).chunk("PLTE", palette).chunk("tRNS", half).data(row).end().bytes());
  EXPECT_EQ(picture->header.format, RowFormat::rgba);
  EXPECT_EQ(picture->image.samples, (std::vector<std::uint8_t>{1, 2, 3, 255, 4, 5, 6, 128}));
}

TEST(PngReader, TellsWhatIsKnownOfTheFile) {
  const std::array<std::uint8_t, 26> exif{'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6};
  const Bytes file =
      PngFile().header({.width = 3, .height = 2}).data(grey_rows(3, 2)).chunk("eXIf", exif).end().bytes();
  const Result<DecodedPicture> picture = decode_picture(file);
  ASSERT_TRUE(picture.has_value());
  EXPECT_EQ(picture->header.facts.media_type, MediaType::png);
  EXPECT_EQ(picture->header.facts.size, (PixelSize{3, 2}));
  EXPECT_EQ(picture->header.facts.bytes, file.size());
  EXPECT_EQ(picture->header.facts.orientation, 6);
  EXPECT_FALSE(picture->header.facts.buffered);
  EXPECT_FALSE(picture->header.facts.profile_ignored);
}

TEST(PngReader, GivesAnInterlacedPictureWhole) {
  std::vector<std::uint8_t> raw;  // 2 x 2: passes of 1, 1 and 2 pixels
  for (const std::uint8_t byte : {0, 10, 0, 20, 0, 30, 40}) raw.push_back(byte);
  const Bytes file = PngFile().header({.width = 2, .height = 2, .interlace = 1}).data(raw).end().bytes();
  const Result<DecodedPicture> picture = decode_picture(file);
  ASSERT_TRUE(picture.has_value()) << picture.error().detail;
  EXPECT_TRUE(picture->header.facts.buffered);
  EXPECT_EQ(picture->image.samples, (std::vector<std::uint8_t>{10, 20, 30, 40}));
}

TEST(PngReader, MemoryDoesNotFollowTheHeight) {
  const Result<DecodedPicture> picture = decode_picture(grey_file(1'000, 3'000));
  ASSERT_TRUE(picture.has_value());
  EXPECT_GT(picture->batches, 20U);
}

TEST(PngReader, RefusesAPictureOverThePixelLimit) {
  Limits limits;
  limits.picture_pixels_max = 60;
  limits.buffered_picture_pixels_max = 30;
  EXPECT_TRUE(decode_picture(grey_file(10, 6), limits).has_value());
  EXPECT_EQ(code_of(grey_file(10, 7), limits), Code::picture_pixels_over_limit);
  const PngHeader interlaced{.width = 8, .height = 4, .interlace = 1};
  EXPECT_EQ(code_of(PngFile().header(interlaced).data(grey_rows(8, 4)).end().bytes(), limits),
            Code::picture_pixels_over_limit);
}

TEST(PngReader, RefusesASideOverItsLimit) {
  Limits limits;
  limits.picture_side_px_max = 9;
  EXPECT_TRUE(decode_picture(grey_file(9, 9), limits).has_value());
  EXPECT_EQ(code_of(grey_file(10, 1), limits), Code::picture_side_over_limit);
  EXPECT_EQ(code_of(grey_file(1, 10), limits), Code::picture_side_over_limit);
}

TEST(PngReader, RefusesAFileOverTheByteLimit) {
  const Bytes file = grey_file(4, 4);
  Limits limits;
  limits.picture_bytes_max = file.size();
  EXPECT_TRUE(decode_picture(file, limits).has_value());
  limits.picture_bytes_max = file.size() - 1;
  EXPECT_EQ(code_of(file, limits), Code::picture_bytes_over_limit);
}

TEST(PngReader, RefusesTooManyChunks) {
  Limits limits;
  limits.png_chunks_max = 3;
  EXPECT_TRUE(decode_picture(grey_file(1, 1), limits).has_value());
  const Bytes file = PngFile().header({}).chunk("teXt", {}).data(grey_rows(1, 1)).end().bytes();
  EXPECT_EQ(code_of(file, limits), Code::picture_chunk_over_limit);
}

TEST(PngReader, RefusesDataThatCanNotHoldThePictureBeforeItIsInflated) {
  const Bytes file = PngFile().header({.width = 30'000, .height = 1'000}).data(grey_rows(8, 8)).end().bytes();
  const Result<std::unique_ptr<RowReader>> reader = open_picture(file, {});
  ASSERT_FALSE(reader.has_value());
  EXPECT_EQ(reader.error().code, Code::picture_truncated);
}

TEST(PngReader, RefusesMoreMemoryThanADecoderMayHold) {
  Limits limits;
  limits.decode_memory_bytes_max = 1'000;
  for (const std::uint8_t depth : {std::uint8_t{8}, std::uint8_t{16}}) {  // ours and libpng's
    // 64 x 64 in seven passes has 120 rows.
    const std::vector<std::uint8_t> raw(64 * 64 * depth / 8 + 120);
    const PngHeader header{.width = 64, .height = 64, .depth = depth, .interlace = 1};
    EXPECT_EQ(code_of(PngFile().header(header).data(raw).end().bytes(), limits), Code::picture_work_over_limit);
    EXPECT_TRUE(decode_picture(PngFile().header(header).data(raw).end().bytes()).has_value());
  }
}

TEST(PngReader, RefusesWhateverDoesNotHoldExactlyThePicture) {
  const PngHeader header{.width = 5, .height = 5, .depth = 16};
  const std::vector<std::uint8_t> exact(11 * 5);
  EXPECT_TRUE(decode_picture(PngFile().header(header).data(exact).end().bytes()).has_value());
  const std::vector<std::uint8_t> longer(11 * 5 + 1);
  EXPECT_EQ(code_of(PngFile().header(header).data(longer).end().bytes()), Code::picture_data_invalid);
  const std::vector<std::uint8_t> shorter(11 * 5 - 1);
  EXPECT_EQ(code_of(PngFile().header(header).data(shorter).end().bytes()), Code::picture_truncated);
}

TEST(PngReader, RefusesAWrongAdlerChecksumAndIgnoresWhatFollowsIt) {
  for (const std::uint8_t depth : {std::uint8_t{8}, std::uint8_t{16}}) {
    const PngHeader header{.depth = depth};
    std::vector<std::uint8_t> stream = compress(std::vector<std::uint8_t>(1 + depth / 8));
    stream.push_back(99);
    EXPECT_TRUE(decode_picture(PngFile().header(header).chunk("IDAT", stream).end().bytes()).has_value());
    stream.pop_back();
    stream.back() ^= 1;
    EXPECT_EQ(code_of(PngFile().header(header).chunk("IDAT", stream).end().bytes()), Code::picture_checksum_wrong);
    stream.pop_back();
    EXPECT_EQ(code_of(PngFile().header(header).chunk("IDAT", stream).end().bytes()), Code::picture_truncated);
  }
}

TEST(PngReader, RefusesAnIndexBeyondThePalette) {
  const std::array<std::uint8_t, 6> palette{1, 2, 3, 4, 5, 6};
  for (const std::uint8_t index : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{255}}) {
    const std::array<std::uint8_t, 2> row{0, index};
    const Bytes file = PngFile().header({.colour = 3}).chunk("PLTE", palette).data(row).end().bytes();
    const Code expected = index < 2 ? Code::internal_error : Code::picture_palette_invalid;
    EXPECT_EQ(code_of(file), expected) << int{index};
  }
}

TEST(PngReader, TakesAFileThatEndsAtAnyByteForTruncated) {
  const Bytes whole = grey_file(3, 3);
  for (std::size_t bytes = 8; bytes < whole.size(); ++bytes) {
    EXPECT_EQ(code_of(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(bytes))),
              Code::picture_truncated)
        << bytes;
  }
}

TEST(PngReader, RefusesAFileWithoutAnyByte) {
  EXPECT_EQ(code_of({}), Code::picture_empty);
  EXPECT_EQ(code_of(Bytes(1)), Code::picture_format_unknown);
}

}  // namespace
}  // namespace locket::codec
