#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "corpus.hpp"
#include "decoded_picture.hpp"
#include "decoded_png.hpp"
#include "drawn_jpeg.hpp"

namespace locket::codec {
namespace {

std::string corpus_path(const std::string& name) {
  const char* const corpus = std::getenv("LOCKET_CORPUS");
  return std::string(corpus == nullptr ? "" : corpus) + "/jpeg/" + name;
}

bool corpus_is_there() { return std::filesystem::exists(corpus_path("MANIFEST.tsv")); }

/// The largest difference of two pictures' samples, both as rgba.
int largest_difference(const Image& a, const Image& b) {
  const std::vector<std::uint8_t> left = to_rgba(a);
  const std::vector<std::uint8_t> right = to_rgba(b);
  int largest = 0;
  for (std::size_t i = 0; i < left.size(); ++i) largest = std::max(largest, std::abs(int{left[i]} - int{right[i]}));
  return largest;
}

/// Another decoder's inverse transform, chroma and ink arithmetic: 4 in 255 at most.
constexpr int reference_tolerance = 4;

TEST(JpegReader, GivesWhatTheReferenceDecodesShow) {
  if (!corpus_is_there()) GTEST_SKIP() << "LOCKET_CORPUS names no folder";
  int compared = 0;
  for (const CorpusFile& file : corpus_files("jpeg")) {
    if (!file.name.ends_with(".jpg") || corpus_choice("jpeg", file.name).starts_with("picture_")) continue;
    const std::string reference_path = file.path.substr(0, file.path.size() - 4) + ".ref.png";
    if (!std::filesystem::exists(reference_path)) continue;
    const Result<DecodedPicture> picture = decode_picture(read_file(file.path));
    const Result<DecodedPicture> reference = decode_picture(read_file(reference_path));
    ASSERT_TRUE(picture.has_value() && reference.has_value()) << file.name;
    ASSERT_EQ(picture->image.size, reference->image.size) << file.name;
    EXPECT_LE(largest_difference(picture->image, reference->image), reference_tolerance) << file.name;
    ++compared;
  }
  EXPECT_GE(compared, 29);
}

TEST(JpegReader, TakesFullInkForZeroWithAndWithoutAdobesSegment) {
  constexpr PixelSize size{16, 16};
  Image inks{size, RowFormat::rgba, {}};
  for (std::uint32_t px = 0; px < size.width_px * size.height_px; ++px) {
    for (const std::uint8_t ink : {255, 51, 0, 204}) inks.samples.push_back(ink);  // yellow, most magenta, some black
  }
  for (const bool adobe : {true, false}) {
    const Result<DecodedPicture> picture =
        decode_picture(encode_jpeg(inks, {.quality = 100, .cmyk = true, .adobe = adobe}));
    ASSERT_TRUE(picture.has_value()) << picture.error().detail;
    ASSERT_EQ(picture->header.format, RowFormat::rgb);
    constexpr int colour[] = {204, 41, 0};  // the light that an ink leaves, of what black leaves
    for (std::size_t at = 0; at < picture->image.samples.size(); ++at) {
      ASSERT_NEAR(picture->image.samples[at], colour[at % 3], 2) << adobe;
    }
  }
}

TEST(JpegReader, TellsTheOrientation) {
  if (!corpus_is_there()) GTEST_SKIP() << "LOCKET_CORPUS names no folder";
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string name = "exif_small_Landscape_" + std::to_string(orientation) + ".jpg";
    const Result<DecodedPicture> picture = decode_picture(read_file(corpus_path(name)));
    ASSERT_TRUE(picture.has_value());
    EXPECT_EQ(picture->header.facts.orientation, orientation);
    EXPECT_EQ(picture->header.facts.media_type, MediaType::jpeg);
  }
  EXPECT_EQ(decode_picture(read_file(corpus_path("exif_Landscape_0.jpg")))->header.facts.orientation, 1);
}

TEST(JpegReader, DecodesTheSamePictureProgressiveOrNot) {
  if (!corpus_is_there()) GTEST_SKIP() << "LOCKET_CORPUS names no folder";
  const Result<DecodedPicture> plain = decode_picture(read_file(corpus_path("go_video-001.q50.420.jpeg")));
  const Result<DecodedPicture> other = decode_picture(read_file(corpus_path("go_video-001.q50.420.progressive.jpeg")));
  ASSERT_TRUE(plain.has_value() && other.has_value());
  EXPECT_EQ(plain->image.samples, other->image.samples);
  EXPECT_FALSE(plain->header.facts.buffered);
  EXPECT_TRUE(other->header.facts.buffered);
}

TEST(JpegReader, TakesAFileThatEndsAtAnyByteForBroken) {
  if (!corpus_is_there()) GTEST_SKIP() << "LOCKET_CORPUS names no folder";
  for (const char* name : {"jd_restarts.jpg", "wuffs_peacock.progressive.jpeg"}) {
    const Bytes whole = read_file(corpus_path(name));
    for (std::size_t bytes = 3; bytes < whole.size(); bytes += 7) {
      const Result<DecodedPicture> picture = decode_picture(BytesView(whole).first(bytes));
      ASSERT_FALSE(picture.has_value()) << name << " cut at " << bytes;
      EXPECT_EQ(picture.error().code, Code::picture_truncated) << picture.error().detail;
    }
  }
}

TEST(JpegReader, KeepsItsLimits) {
  if (!corpus_is_there()) GTEST_SKIP() << "LOCKET_CORPUS names no folder";
  const Bytes progressive = read_file(corpus_path("wuffs_peacock.progressive.jpeg"));  // 100 x 75, 10 scans
  const auto code_with = [&](auto change) {
    Limits limits;
    change(limits);
    const Result<DecodedPicture> picture = decode_picture(progressive, limits);
    return picture ? Code::internal_error : picture.error().code;
  };
  EXPECT_EQ(code_with([](Limits&) {}), Code::internal_error);
  EXPECT_EQ(code_with([](Limits& l) { l.picture_side_px_max = 99; }), Code::picture_side_over_limit);
  EXPECT_EQ(code_with([](Limits& l) { l.buffered_picture_pixels_max = 7499; }), Code::picture_pixels_over_limit);
  EXPECT_EQ(code_with([](Limits& l) { l.buffered_picture_pixels_max = 7500; }), Code::internal_error);
  EXPECT_EQ(code_with([](Limits& l) { l.jpeg_scans_max = 9; }), Code::picture_work_over_limit);
  EXPECT_EQ(code_with([](Limits& l) { l.jpeg_scans_max = 10; }), Code::internal_error);
  EXPECT_EQ(code_with([](Limits& l) { l.jpeg_segments_max = 5; }), Code::picture_chunk_over_limit);
}

TEST(JpegReader, RefusesMoreMemoryForRowsThanADecoderMayHold) {
  std::mt19937 random(17);
  const Image image = drawn_image({20'000, 8}, RowFormat::rgb, random);
  const Bytes file = encode_jpeg(image, {.rgb = true});  // one scan, which libjpeg decodes
  Limits limits;
  limits.decode_memory_bytes_max = 20'000 * 3 * 11;  // for rows of eight samples, two beside them, and one that comes
  const Result<DecodedPicture> picture = decode_picture(file, limits);
  ASSERT_FALSE(picture.has_value());
  EXPECT_EQ(picture.error().code, Code::picture_work_over_limit);
  limits.decode_memory_bytes_max *= 2;
  EXPECT_TRUE(decode_picture(file, limits).has_value());
}

TEST(JpegReader, RefusesMoreMemoryThanADecoderMayHold) {
  if (!corpus_is_there()) GTEST_SKIP() << "LOCKET_CORPUS names no folder";
  const Bytes progressive = read_file(corpus_path("jd_progressive3.jpg"));  // 650 x 470: 1.9 MB of coefficients
  Limits limits;
  limits.decode_memory_bytes_max = 1'000'000;
  const Result<DecodedPicture> picture = decode_picture(progressive, limits);
  ASSERT_FALSE(picture.has_value());
  EXPECT_EQ(picture.error().code, Code::picture_work_over_limit);
  limits.decode_memory_bytes_max = 4'000'000;
  EXPECT_TRUE(decode_picture(progressive, limits).has_value());
  limits.decode_memory_bytes_max = 100'000;  // a picture that is decoded in bands takes more too
  const Result<DecodedPicture> baseline = decode_picture(read_file(corpus_path("wuffs_peacock.s2x2-420.jpeg")), limits);
  ASSERT_FALSE(baseline.has_value());
  EXPECT_EQ(baseline.error().code, Code::picture_work_over_limit);
}

}  // namespace
}  // namespace locket::codec
