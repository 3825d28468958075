#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "codec/row_reader.hpp"
#include "house.hpp"
#include "png_file.hpp"

namespace locket {
namespace {

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream whole;  // which reads by the block, as an iterator does not
  whole << file.rdbuf();
  const BytesView bytes = as_bytes(whole.view());
  return {bytes.begin(), bytes.end()};
}

// Reads a PNG back, row by row to its end, so that a fault anywhere in it is found.
Result<PixelSize> decoded_size(BytesView png) {
  auto reader = codec::open_picture(png, Limits{});
  if (!reader) return std::unexpected(reader.error());
  std::uint32_t rows = 0;
  for (;;) {
    const auto batch = (*reader)->next_rows();
    if (!batch) return std::unexpected(batch.error());
    if (batch->rows == 0) break;
    rows += batch->rows;
  }
  return PixelSize{(*reader)->header().facts.size.width_px, rows};
}

TEST(Render, MakesBothSizesOfEveryPictureOfTheField) {
  const char* corpus = std::getenv("LOCKET_CORPUS");
  const auto folder = std::filesystem::path(corpus == nullptr ? "" : corpus) / "imodel";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no pictures at " << folder;
  int rendered = 0;
  std::map<std::string, Code> refused;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".tsv") continue;
    const auto rendering = render(read_file(entry.path()));
    if (!rendering) {
      refused[entry.path().filename().string()] = rendering.error().code;
      continue;
    }
    ++rendered;
    EXPECT_EQ(decoded_size(rendering->small.view()), small_size) << entry.path();
    EXPECT_EQ(decoded_size(rendering->large.view()), large_size) << entry.path();
  }
  EXPECT_EQ(rendered, 85);
  // The one is over the byte limit; the other is what an iModel file keeps, a zlib stream, under a picture's name.
  const std::map<std::string, Code> expected{
      {"mosaic_3700x1800.png", Code::picture_bytes_over_limit},
      {"bimthumb_JoesHouse_rawsize_zlib_0x4e.jpg", Code::picture_format_unknown}};
  EXPECT_EQ(refused, expected);
}

TEST(Render, GivesTheSameBytesEachTime) {
  const Bytes picture = make_png(12, 34, 56);
  const auto first = render(picture);
  const auto second = render(picture);
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(std::ranges::equal(first->large.view(), second->large.view()));
  EXPECT_TRUE(std::ranges::equal(first->small.view(), second->small.view()));
}

TEST(Render, RefusesAFileOverTheByteLimitBeforeItLooksInside) {
  Limits limits;
  limits.picture_bytes_max = 10;
  const auto rendering = render(as_bytes("this is no picture at all"), {}, limits);
  ASSERT_FALSE(rendering);
  EXPECT_EQ(rendering.error().code, Code::picture_bytes_over_limit);
}

TEST(Render, RefusesAnEmptyFile) { EXPECT_EQ(render({}).error().code, Code::picture_empty); }

TEST(Render, RefusesAPictureWhoseLastRowsAreMissing) {
  codec::PngFile file;
  file.header({.width = 1, .height = 20'000}).data(std::vector<std::uint8_t>(20'000, 0)).end();
  ASSERT_TRUE(codec::open_picture(file.bytes(), Limits{}));
  EXPECT_EQ(render(file.bytes()).error().code, Code::picture_truncated);
}

TEST(Render, TellsWhatTheSourceWas) {
  const Bytes picture = make_png(12, 34, 56);
  const auto rendering = render(picture);
  ASSERT_TRUE(rendering);
  EXPECT_EQ(rendering->source.media_type, MediaType::png);
  EXPECT_EQ(rendering->source.size, (PixelSize{64, 40}));
  EXPECT_EQ(rendering->source.bytes, picture.size());
}

}  // namespace
}  // namespace locket
