#include "codec/baseline_scan.hpp"

#include <gtest/gtest.h>

#include <string_view>

#include "encoded_jpeg.hpp"

namespace locket::codec {
namespace {

Image plain_image(RowFormat format = RowFormat::rgb) {
  Image image{.size = {50, 40}, .format = format, .samples = {}};
  image.samples.resize(image.row_bytes() * image.size.height_px);
  for (std::size_t i = 0; i < image.samples.size(); ++i) image.samples[i] = static_cast<std::uint8_t>(i * i / 64);
  return image;
}

std::optional<BaselineScan> scan_of(BytesView file) { return read_baseline_scan(*read_jpeg_layout(file, {})); }

std::optional<BaselineScan> scan_of(const JpegEncoding& encoding) {
  return scan_of(encode_jpeg(plain_image(), encoding));
}

/// Puts a segment behind SOI.
Bytes with_segment(const Bytes& file, std::uint8_t marker, std::string_view body) {
  Bytes segment{std::byte{0xFF}, std::byte{marker}, std::byte{0}, static_cast<std::byte>(body.size() + 2)};
  for (const char byte : body) segment.push_back(static_cast<std::byte>(byte));
  Bytes longer = file;
  longer.insert(longer.begin() + 2, segment.begin(), segment.end());
  return longer;
}

/// Replaces JFIF's segment by another that nobody knows.
Bytes without_jfif(Bytes file) {
  EXPECT_EQ(file[6], std::byte{'J'});
  file[6] = std::byte{'X'};
  return file;
}

TEST(BaselineScan, TakesTheCommonKinds) {
  const Bytes grey = encode_jpeg(plain_image(RowFormat::grey), {});
  ASSERT_TRUE(scan_of(grey));
  EXPECT_EQ(scan_of(grey)->sampling, ChromaSampling::grey);
  EXPECT_EQ(scan_of({.luma_sampling = 0x11})->sampling, ChromaSampling::full);
  EXPECT_EQ(scan_of({.luma_sampling = 0x21})->sampling, ChromaSampling::half);
  const Bytes file = encode_jpeg(plain_image(), {.luma_sampling = 0x22, .restart_units = 4});
  const std::optional<BaselineScan> scan = scan_of(file);
  ASSERT_TRUE(scan);
  EXPECT_EQ(scan->sampling, ChromaSampling::quarter);
  EXPECT_EQ(scan->size, (PixelSize{50, 40}));
  EXPECT_EQ(scan->restart_units, 4U);
  EXPECT_EQ(scan->data.data() + scan->data.size(), file.data() + file.size());
}

TEST(BaselineScan, LeavesUnusualKindsToLibjpeg) {
  EXPECT_FALSE(scan_of({.progressive = true}));
  EXPECT_FALSE(scan_of({.rgb = true}));
  EXPECT_FALSE(scan_of({.luma_sampling = 0x12}));
  EXPECT_FALSE(scan_of({.luma_sampling = 0x41}));
  const Bytes narrow = encode_jpeg({.size = {4, 4}, .format = RowFormat::rgb, .samples = std::vector<std::uint8_t>(48)},
                                   {.luma_sampling = 0x22});
  EXPECT_FALSE(scan_of(narrow)) << "libjpeg does not blend the colour of so few";
}

TEST(BaselineScan, TellsYcbcrByTheMarkersThatLibjpegLooksAt) {
  const Bytes file = encode_jpeg(plain_image(), {});
  EXPECT_TRUE(scan_of(without_jfif(file))) << "components named 1, 2, 3";
  constexpr std::string_view adobe_ycbcr("Adobe\0\x64\0\0\0\0\x01", 12);
  constexpr std::string_view adobe_rgb("Adobe\0\x64\0\0\0\0\0", 12);
  constexpr std::string_view adobe_unknown("Adobe\0\x64\0\0\0\0\x05", 12);
  EXPECT_TRUE(scan_of(with_segment(without_jfif(file), 0xEE, adobe_ycbcr)));
  EXPECT_FALSE(scan_of(with_segment(without_jfif(file), 0xEE, adobe_rgb)));
  EXPECT_FALSE(scan_of(with_segment(without_jfif(file), 0xEE, adobe_unknown)));
  EXPECT_TRUE(scan_of(with_segment(file, 0xEE, adobe_rgb))) << "JFIF goes before";
}

TEST(BaselineScan, LeavesUnusualDataToLibjpeg) {
  const Bytes file = encode_jpeg(plain_image(), {.quality = 40, .restart_units = 2});
  ASSERT_TRUE(scan_of(file));
  const std::size_t data_at = file.size() - scan_of(file)->data.size();
  std::size_t restart = data_at;
  while (file[restart] != std::byte{0xFF} || file[restart + 1] != std::byte{0xD0}) ++restart;

  Bytes filled = file;
  filled.insert(filled.begin() + static_cast<std::ptrdiff_t>(restart), std::byte{0xFF});
  EXPECT_FALSE(scan_of(filled)) << "a fill byte before a marker";

  Bytes swapped = file;
  swapped[restart + 1] = std::byte{0xD1};
  EXPECT_FALSE(scan_of(swapped)) << "a restart marker out of its order";

  Bytes missing = file;
  missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(restart),
                missing.begin() + static_cast<std::ptrdiff_t>(restart) + 2);
  EXPECT_FALSE(scan_of(missing)) << "a restart marker too few";

  Bytes longer = file;
  const Bytes comment{std::byte{0xFF}, std::byte{0xFE}, std::byte{0}, std::byte{3}, std::byte{'x'}};
  longer.insert(longer.end() - 2, comment.begin(), comment.end());
  EXPECT_FALSE(scan_of(longer)) << "a segment behind the data";
}

}  // namespace
}  // namespace locket::codec
