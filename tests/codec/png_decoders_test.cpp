#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "codec/interlace_pass.hpp"
#include "codec/png_decoder.hpp"
#include "codec/row_unfilter.hpp"
#include "codec/whole_byte_png_decoder.hpp"
#include "corpus.hpp"
#include "decoded_picture.hpp"
#include "png_file.hpp"

namespace locket::codec {
namespace {

using Body = std::vector<std::uint8_t>;

/// All rows of a decoder together, to the end that proves the rest.
Result<Body> all_rows(Result<std::unique_ptr<PngDecoder>> decoder, const PngLayout& layout) {
  if (!decoder) return std::unexpected(decoder.error());
  const std::size_t row_bytes = std::size_t{layout.size.width_px} * (*decoder)->pixel_bytes();
  Body rows;
  for (;;) {
    const Result<RowBatch> batch = (*decoder)->next_rows();
    if (!batch) return std::unexpected(batch.error());
    if (batch->rows == 0) return rows;
    for (std::uint32_t y = 0; y < batch->rows; ++y) {
      const std::uint8_t* const row = batch->first + y * batch->stride_bytes;
      rows.insert(rows.end(), row, row + row_bytes);
    }
  }
}

/// Whether a file has one fault at most, so that both decoders must name the same.
enum class Faults : std::uint8_t { one, many };

/// Result: whether libpng takes the file. Our own decoder must do and say the same with every kernel.
bool both_agree(const PngLayout& layout, Faults faults = Faults::one) {
  const Result<Body> judged = all_rows(make_libpng_decoder(layout, {}), layout);
  for (const Kernel kernel : {Kernel::plain, Kernel::automatic}) {
    const Result<Body> ours = all_rows(make_whole_byte_png_decoder(layout, {}, kernel), layout);
    EXPECT_EQ(ours.has_value(), judged.has_value())
        << (ours ? "" : ours.error().detail) << (judged ? "" : judged.error().detail);
    if (ours && judged) {
      EXPECT_TRUE(*ours == *judged);
    } else if (!ours && !judged && faults == Faults::one) {
      EXPECT_EQ(ours.error().code, judged.error().code) << ours.error().detail << " / " << judged.error().detail;
    }
  }
  return judged.has_value();
}

TEST(PngDecoders, AgreeOnEveryCorpusFileThatBothTake) {
  Limits limits;
  limits.picture_bytes_max = 10'000'000;
  int taken = 0;
  for (const std::string folder : {"pngsuite", "imodel", "hostile"}) {
    const std::vector<CorpusFile> files = corpus_files(folder);
    if (files.empty()) GTEST_SKIP() << "LOCKET_CORPUS names no folder";
    for (const CorpusFile& file : files) {
      const Bytes bytes = read_file(file.path);
      if (sniff_media_type(bytes) != MediaType::png) continue;
      const Result<PngLayout> layout = read_png_layout(bytes, limits);
      if (!layout || !is_whole_byte_png(*layout)) continue;
      SCOPED_TRACE(file.name);
      taken += both_agree(*layout) ? 1 : 0;
    }
  }
  EXPECT_GT(taken, 100);
}

/// A picture of random size, kind, filters and samples.
struct RandomPicture {
  PngHeader header;
  Body raw;
};

/// Appends random rows, each with its filter byte; of no pixels, none.
void append_rows(PixelSize size, std::size_t channels, std::mt19937& random, Body& raw) {
  const std::uint32_t noise = 1U << random() % 9;
  const std::uint32_t filters = 1 + static_cast<std::uint32_t>(random() % 5);
  for (std::uint32_t y = 0; y < size.height_px && size.width_px > 0; ++y) {
    raw.push_back(static_cast<std::uint8_t>(5 - 1 - random() % filters));
    for (std::size_t i = 0; i < size.width_px * channels; ++i)
      raw.push_back(static_cast<std::uint8_t>(random() % noise));
  }
}

void fill(RandomPicture& picture, std::size_t channels, std::mt19937& random) {
  const PixelSize size{picture.header.width, picture.header.height};
  if (picture.header.interlace == 0) return append_rows(size, channels, random, picture.raw);
  for (const InterlacePass& pass : interlace_passes) append_rows(pass.size_of(size), channels, random, picture.raw);
}

RandomPicture random_picture(std::mt19937& random) {
  constexpr std::uint8_t colours[] = {0, 2, 3, 4, 6};
  constexpr std::size_t channels[] = {1, 3, 1, 2, 4};
  const std::size_t kind = random() % 5;
  const bool deep = colours[kind] != 3 && random() % 3 == 0;
  RandomPicture picture;
  picture.header = {.width = 1 + static_cast<std::uint32_t>(random() % 90),
                    .height = 1 + static_cast<std::uint32_t>(random() % 40),
                    .depth = static_cast<std::uint8_t>(deep ? 16 : 8),
                    .colour = colours[kind],
                    .interlace = static_cast<std::uint8_t>(deep ? 0 : random() % 2)};
  fill(picture, channels[kind] * (deep ? 2 : 1), random);
  return picture;
}

Bytes file_of(const RandomPicture& picture, const Body& stream, std::mt19937& random) {
  PngFile file;
  file.header(picture.header);
  if (picture.header.colour == 3) file.chunk("PLTE", Body(768, 1));
  if (picture.header.colour == 0 && random() % 2 == 0) file.chunk("tRNS", Body{0, 1});
  if (picture.header.colour == 2 && random() % 2 == 0) file.chunk("tRNS", Body{0, 1, 0, 1, 0, 1});
  for (std::size_t at = 0; at < stream.size() || at == 0;) {
    const std::size_t bytes = std::min<std::size_t>(stream.size() - at, 1 + random() % 400);
    file.chunk("IDAT", std::span(stream).subspan(at, bytes));
    at += std::max<std::size_t>(bytes, 1);
  }
  return file.end().bytes();
}

TEST(PngDecoders, AgreeOnRandomPictures) {
  std::mt19937 random(11);
  for (int round = 0; round < 400; ++round) {
    const RandomPicture picture = random_picture(random);
    const Bytes file = file_of(picture, compress(picture.raw), random);
    const Result<PngLayout> layout = read_png_layout(file, {});
    ASSERT_TRUE(layout.has_value()) << layout.error().detail;
    ASSERT_TRUE(both_agree(*layout)) << round;
  }
}

TEST(PngDecoders, AgreeOnWhatIsTransparentOfSixteenBits) {
  for (const std::uint8_t colour : {std::uint8_t{0}, std::uint8_t{2}}) {
    const std::size_t samples = colour == 0 ? 1 : 3;
    const Body whole_key{0x12, 0x34, 0x12, 0x35, 0x12, 0x36};
    const std::span<const std::uint8_t> key(whole_key.data(), 2 * samples);
    Body raw{0};
    // The key, and each of its bytes wrong once.
    for (std::size_t wrong = 0; wrong <= key.size(); ++wrong) {
      for (std::size_t i = 0; i < key.size(); ++i) raw.push_back(static_cast<std::uint8_t>(key[i] ^ (i + 1 == wrong)));
    }
    PngFile file;
    file.header({.width = static_cast<std::uint32_t>(key.size()) + 1, .depth = 16, .colour = colour});
    file.chunk("tRNS", key).data(raw).end();
    const Result<PngLayout> layout = read_png_layout(file.bytes(), {});
    ASSERT_TRUE(layout.has_value());
    ASSERT_TRUE(is_whole_byte_png(*layout));
    EXPECT_TRUE(both_agree(*layout));
    const Result<Body> ours = all_rows(make_whole_byte_png_decoder(*layout, {}, Kernel::automatic), *layout);
    ASSERT_TRUE(ours.has_value());
    for (std::size_t i = 0; i <= key.size(); ++i) EXPECT_EQ((*ours)[4 * i + 3], i == 0 ? 0 : 255) << i;
  }
}

TEST(PngDecoders, AgreeOnEverySampleOfSixteenBits) {
  PngFile file;
  Body raw;
  for (std::uint32_t upper = 0; upper < 256; ++upper) {
    raw.push_back(0);
    for (std::uint32_t lower = 0; lower < 256; ++lower) {
      raw.push_back(static_cast<std::uint8_t>(upper));
      raw.push_back(static_cast<std::uint8_t>(lower));
    }
  }
  file.header({.width = 256, .height = 256, .depth = 16}).data(raw).end();
  const Result<PngLayout> layout = read_png_layout(file.bytes(), {});
  ASSERT_TRUE(layout.has_value());
  ASSERT_TRUE(is_whole_byte_png(*layout));
  EXPECT_TRUE(both_agree(*layout));
}

TEST(PngDecoders, AgreeOnInterlacedPicturesOfEverySmallSize) {
  std::mt19937 random(13);
  for (std::uint32_t width = 1; width <= 18; ++width) {
    for (std::uint32_t height = 1; height <= 18; ++height) {
      RandomPicture picture;
      picture.header = {.width = width, .height = height, .colour = 2, .interlace = 1};
      fill(picture, 3, random);
      const Bytes file = file_of(picture, compress(picture.raw), random);
      const Result<PngLayout> layout = read_png_layout(file, {});
      ASSERT_TRUE(layout.has_value()) << layout.error().detail;
      ASSERT_TRUE(both_agree(*layout)) << width << " x " << height;
    }
  }
}

// They, and the passes of an interlaced one, take several batches, so that the rows above have to be kept.
TEST(PngDecoders, AgreeOnTallPictures) {
  std::mt19937 random(14);
  for (const PngHeader& header : {PngHeader{.width = 700, .height = 300, .colour = 6, .interlace = 1},
                                  PngHeader{.width = 500, .height = 700, .depth = 16, .colour = 6}}) {
    RandomPicture picture;
    picture.header = header;
    fill(picture, header.depth / 2, random);
    const Bytes file = file_of(picture, compress(picture.raw), random);
    const Result<PngLayout> layout = read_png_layout(file, {});
    ASSERT_TRUE(layout.has_value()) << layout.error().detail;
    ASSERT_TRUE(is_whole_byte_png(*layout));
    EXPECT_TRUE(both_agree(*layout));
  }
}

TEST(PngDecoders, TakeDataThatGoesFurtherBackThanTheWindowOfItsHeader) {
  std::mt19937 random(15);
  for (const PngHeader& header :
       {PngHeader{.width = 400, .height = 200}, PngHeader{.width = 800, .height = 200, .depth = 4},
        PngHeader{.width = 400, .height = 200, .depth = 16, .interlace = 1}}) {
    RandomPicture picture{header, {}};
    if (header.depth == 4) {
      append_rows({header.width / 2, header.height}, 1, random, picture.raw);
    } else {
      fill(picture, header.depth / 8, random);
    }
    Body stream = compress(picture.raw);
    std::mt19937 same = random;
    const Bytes honest = file_of(picture, stream, same);
    stream[0] = 0x08;  // a window of 256 bytes
    stream[1] = 0x1D;
    const Bytes lying = file_of(picture, stream, random);
    SCOPED_TRACE(unsigned{header.depth});
    const Result<DecodedPicture> wanted = decode_picture(honest);
    const Result<DecodedPicture> taken = decode_picture(lying);
    ASSERT_TRUE(wanted.has_value()) << wanted.error().detail;
    ASSERT_TRUE(taken.has_value()) << taken.error().detail;
    EXPECT_TRUE(taken->image.samples == wanted->image.samples);
  }
}

TEST(PngDecoders, RefuseTheSameDamagedPictures) {
  std::mt19937 random(12);
  int refused = 0;
  for (int round = 0; round < 1'500; ++round) {
    RandomPicture picture = random_picture(random);
    Body stream;
    switch (round % 4) {
      case 0:  // a filter that does not exist
        picture.raw[picture.header.interlace != 0
                        ? 0
                        : random() % picture.header.height * (picture.raw.size() / picture.header.height)] = 5;
        stream = compress(picture.raw);
        break;
      case 1:  // rows too many or too few
        picture.raw.resize(random() % 2 == 0 ? picture.raw.size() - 1 : picture.raw.size() + 1 + random() % 900);
        stream = compress(picture.raw);
        break;
      case 2:  // a stream that is cut
        stream = compress(picture.raw);
        stream.resize(random() % stream.size());
        break;
      default:  // a flipped bit
        stream = compress(picture.raw);
        stream[random() % stream.size()] ^= static_cast<std::uint8_t>(1U << random() % 8);
        break;
    }
    const Bytes file = file_of(picture, stream, random);
    const Result<PngLayout> layout = read_png_layout(file, {});
    if (!layout) continue;  // too short to hold the picture
    SCOPED_TRACE(round);
    const bool taken = both_agree(*layout, round % 4 < 3 ? Faults::one : Faults::many);
    ASSERT_FALSE(taken && round % 4 < 3) << round;
    refused += taken ? 0 : 1;
  }
  EXPECT_GT(refused, 1'300);
}

TEST(PngDecoders, RefuseMoreMemoryThanADecoderMayHold) {
  Limits limits;
  const Bytes file = PngFile().header({.width = 100, .colour = 6}).data(Body(401)).end().bytes();
  const Result<PngLayout> layout = read_png_layout(file, limits);
  ASSERT_TRUE(layout.has_value());
  limits.decode_memory_bytes_max = 100 * 4 * unfilter_rows_together * 3;
  EXPECT_TRUE(make_whole_byte_png_decoder(*layout, limits, Kernel::automatic).has_value());
  limits.decode_memory_bytes_max -= 1;
  const auto refused = make_whole_byte_png_decoder(*layout, limits, Kernel::automatic);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::picture_work_over_limit);

  const Bytes deep = PngFile().header({.width = 100, .depth = 16, .colour = 6}).data(Body(801)).end().bytes();
  const Result<PngLayout> deep_layout = read_png_layout(deep, {});
  ASSERT_TRUE(deep_layout.has_value());
  limits.decode_memory_bytes_max = 100 * 4 * unfilter_rows_together * 8;
  EXPECT_TRUE(make_whole_byte_png_decoder(*deep_layout, limits, Kernel::automatic).has_value());
  limits.decode_memory_bytes_max -= 1;
  EXPECT_FALSE(make_whole_byte_png_decoder(*deep_layout, limits, Kernel::automatic).has_value());

  const PngHeader header{.width = 100, .height = 50, .colour = 6, .interlace = 1};
  const Bytes whole = PngFile().header(header).data(Body(20'095)).end().bytes();
  const Result<PngLayout> interlaced = read_png_layout(whole, {});
  ASSERT_TRUE(interlaced.has_value()) << interlaced.error().detail;
  limits.decode_memory_bytes_max = 100 * 4 * (50 + unfilter_rows_together * 3);
  EXPECT_TRUE(make_whole_byte_png_decoder(*interlaced, limits, Kernel::automatic).has_value());
  limits.decode_memory_bytes_max -= 1;
  EXPECT_FALSE(make_whole_byte_png_decoder(*interlaced, limits, Kernel::automatic).has_value());
}

}  // namespace
}  // namespace locket::codec
