#include "codec/png_writer.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <random>

#include "codec/packed_rows.hpp"
#include "corpus.hpp"
#include "decoded_picture.hpp"
#include "decoded_png.hpp"

namespace locket::codec {
namespace {

constexpr int grey = 0;
constexpr int rgb = 2;
constexpr int grey_alpha = 4;
constexpr int rgba = 6;

Image make_image(PixelSize size, RowFormat format) {
  Image image{size, format, {}};
  image.samples.resize(image.row_bytes() * size.height_px);
  return image;
}

Image noise(PixelSize size, RowFormat format, std::uint32_t seed) {
  Image image = make_image(size, format);
  std::mt19937 random(seed);
  for (auto& sample : image.samples) sample = static_cast<std::uint8_t>(random());
  return image;
}

/// A gradient with edges: every filter is the best one for some of its rows.
Image drawing(PixelSize size, RowFormat format) {
  Image image = make_image(size, format);
  const std::uint32_t channels = channels_of(format);
  for (std::size_t at = 0; at < image.samples.size(); ++at) {
    const std::size_t x = at / channels % size.width_px;
    const std::size_t y = at / channels / size.width_px;
    const std::size_t channel = at % channels;
    image.samples[at] = static_cast<std::uint8_t>((x / 16 + y / 16) % 3 == 0 ? x * (channel + 1) + y : x * y / 8);
  }
  return image;
}

Image solid(PixelSize size, Colour colour) {
  Image image = make_image(size, RowFormat::rgba);
  for (std::size_t at = 0; at < image.samples.size(); at += 4) {
    image.samples[at] = colour.red;
    image.samples[at + 1] = colour.green;
    image.samples[at + 2] = colour.blue;
    image.samples[at + 3] = colour.alpha;
  }
  return image;
}

/// Writes an image, has libpng read it, and expects the same pixels, no complaint and only the chunks that may be
/// there.
DecodedPng expect_round_trip(const Image& image, Effort effort) {
  const auto file = write_png(image, effort);
  if (!file) {
    ADD_FAILURE() << code_name(file.error().code) << ' ' << file.error().detail;
    return {};
  }
  const DecodedPng decoded = decode_with_libpng(*file);
  EXPECT_EQ(decoded.size, image.size);
  EXPECT_TRUE(decoded.rgba == to_rgba(image)) << image.size.width_px << 'x' << image.size.height_px;
  EXPECT_EQ(decoded.warnings, std::vector<std::string>{});
  EXPECT_EQ(chunk_names(*file), (std::vector<std::string>{"IHDR", "IDAT", "IEND"}));
  return decoded;
}

TEST(PngWriter, KeepsEveryPixelAtEveryWidth) {
  for (std::uint32_t width = 1; width <= 64; ++width) {
    for (const std::uint32_t height : {1U, 3U, 17U}) {
      for (const RowFormat format : {RowFormat::grey, RowFormat::rgb, RowFormat::rgba}) {
        expect_round_trip(noise({width, height}, format, width * height), Effort::fast);
        expect_round_trip(drawing({width, height}, format), Effort::fast);
      }
    }
    expect_round_trip(drawing({width, 1 + width % 5}, width % 3 == 0 ? RowFormat::rgba : RowFormat::rgb),
                      Effort::small);
  }
}

TEST(PngWriter, WritesTheColourTypeOfTheImageWhenAllOfItIsNeeded) {
  EXPECT_EQ(expect_round_trip(noise({9, 9}, RowFormat::grey, 1), Effort::fast).colour_type, grey);
  EXPECT_EQ(expect_round_trip(noise({9, 9}, RowFormat::rgb, 1), Effort::fast).colour_type, rgb);
  EXPECT_EQ(expect_round_trip(noise({9, 9}, RowFormat::rgba, 1), Effort::fast).colour_type, rgba);
}

TEST(PngWriter, DropsAnAlphaThatIsOpaqueEverywhere) {
  Image image = noise({31, 7}, RowFormat::rgba, 2);
  for (std::size_t at = 3; at < image.samples.size(); at += 4) image.samples[at] = 255;
  EXPECT_EQ(expect_round_trip(image, Effort::fast).colour_type, rgb);
  image.samples.back() = 254;
  EXPECT_EQ(expect_round_trip(image, Effort::fast).colour_type, rgba);
}

TEST(PngWriter, WritesGreyWhenEveryPixelIsGrey) {
  for (const RowFormat format : {RowFormat::rgb, RowFormat::rgba}) {
    Image image = noise({31, 7}, format, 3);
    const std::uint32_t channels = channels_of(format);
    for (std::size_t at = 0; at < image.samples.size(); at += channels) {
      image.samples[at + 1] = image.samples[at + 2] = image.samples[at];
    }
    EXPECT_EQ(expect_round_trip(image, Effort::fast).colour_type, format == RowFormat::rgb ? grey : grey_alpha);
    image.samples[image.samples.size() - channels] ^= 1;
    EXPECT_EQ(expect_round_trip(image, Effort::fast).colour_type, format == RowFormat::rgb ? rgb : rgba);
  }
  EXPECT_EQ(expect_round_trip(solid({31, 7}, {90, 90, 90, 255}), Effort::fast).colour_type, grey);
}

TEST(PngWriter, KeepsTheColourOfTransparentPixels) {
  EXPECT_EQ(expect_round_trip(solid({20, 20}, {10, 20, 30, 0}), Effort::small).colour_type, rgba);
}

TEST(PngWriter, GivesTheSameBytesEveryTime) {
  const Image image = drawing({123, 45}, RowFormat::rgb);
  for (const Effort effort : {Effort::fast, Effort::small}) {
    EXPECT_EQ(write_png(image, effort).value(), write_png(image, effort).value());
  }
}

TEST(PngWriter, RefusesSamplesThatDoNotFillTheImage) {
  const auto code_of = [](const Image& image) {
    const auto file = write_png(image, Effort::fast);
    return file ? Code::internal_error : file.error().code;
  };
  EXPECT_EQ(code_of({{2, 2}, RowFormat::rgb, std::vector<std::uint8_t>(11)}), Code::argument_invalid);
  EXPECT_EQ(code_of({{2, 2}, RowFormat::rgb, std::vector<std::uint8_t>(13)}), Code::argument_invalid);
  EXPECT_EQ(code_of({{2, 2}, RowFormat::rgb, std::vector<std::uint8_t>(18)}), Code::argument_invalid);
  EXPECT_EQ(code_of({{0, 2}, RowFormat::rgb, {}}), Code::argument_invalid);
  EXPECT_EQ(code_of({{2, 0}, RowFormat::rgb, {}}), Code::argument_invalid);
  EXPECT_EQ(code_of({{0x8000'0000, 0x8000'0000}, RowFormat::rgba, {}}), Code::argument_invalid);
  EXPECT_EQ(code_of({{0x7FFF'FFFF, 0x7FFF'FFFF}, RowFormat::rgba, {}}), Code::argument_invalid);
}

// The official client's own tests upload these two colours and tell the answers apart by their lengths alone.
TEST(PngWriter, GivesTheClientsTwoSolidPicturesDifferentLengths) {
  for (const PixelSize size : {small_size, large_size}) {
    for (const Effort effort : {Effort::fast, Effort::small}) {
      const auto first = write_png(solid(size, {181, 230, 29, 255}), effort).value();
      const auto second = write_png(solid(size, {0, 162, 231, 255}), effort).value();
      EXPECT_NE(first.size(), second.size()) << size.width_px << " effort " << static_cast<int>(effort);
    }
  }
}

/// What zlib 6 makes of the pixels in the smallest colour type without filters, as most programs write PNGs.
std::size_t unfiltered_bytes(const Image& image) {
  PackedRows rows(image, smallest_layout(image));
  std::vector<std::uint8_t> raw;
  for (std::uint32_t y = 0; y < image.size.height_px; ++y) {
    const FilterInput input = rows.row(y);
    raw.push_back(0);
    raw.insert(raw.end(), input.row, input.row + input.row_bytes);
  }
  std::vector<std::uint8_t> stream(compressBound(raw.size()));
  uLongf bytes = stream.size();
  EXPECT_EQ(compress2(stream.data(), &bytes, raw.data(), raw.size(), 6), Z_OK);
  return bytes + 57;
}

/// The middle of a picture, as large as a thumbnail.
Image middle_of(const Image& whole) {
  Image part{{std::min(whole.size.width_px, large_size.width_px), std::min(whole.size.height_px, large_size.height_px)},
             whole.format,
             {}};
  const std::size_t pixel_bytes = whole.row_bytes() / whole.size.width_px;
  const std::size_t left = (whole.size.width_px - part.size.width_px) / 2 * pixel_bytes;
  const std::uint32_t top = (whole.size.height_px - part.size.height_px) / 2;
  for (std::uint32_t y = 0; y < part.size.height_px; ++y) {
    const auto row = whole.row(top + y).subspan(left, part.row_bytes());
    part.samples.insert(part.samples.end(), row.begin(), row.end());
  }
  return part;
}

TEST(PngWriter, WritesRealPicturesWholeAndSmallerThanZlibDoesWithoutFilters) {
  const std::vector<CorpusFile> files = corpus_files("imodel");
  if (files.empty()) GTEST_SKIP() << "LOCKET_CORPUS names no folder";
  std::size_t ours = 0;
  std::size_t zlibs = 0;
  for (std::size_t each = 0; each < files.size(); each += 4) {
    const auto decoded = decode_picture(read_file(files[each].path));
    if (!decoded) continue;
    const Image image = middle_of(decoded->image);
    expect_round_trip(image, Effort::fast);
    const std::size_t bytes = write_png(image, Effort::fast).value().size();
    const std::size_t unfiltered = unfiltered_bytes(image);
    EXPECT_LE(bytes * 100, unfiltered * 110) << files[each].name;
    ours += bytes;
    zlibs += unfiltered;
  }
  EXPECT_LT(ours * 100, zlibs * 90);
}

}  // namespace
}  // namespace locket::codec
