#include "codec/png_layout.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "png_file.hpp"

namespace locket::codec {
namespace {

using Body = std::vector<std::uint8_t>;

const Body pixel{0, 0};        // one grey row of one pixel
const Body two_colours(6, 9);  // a palette

Code code_of(const PngFile& file, const Limits& limits = {}) {
  const Result<PngLayout> layout = read_png_layout(file.bytes(), limits);
  return layout ? Code::internal_error : layout.error().code;
}

/// What the header's rules say, written from the specification's tables and not from the code.
Code expected_of(std::uint64_t width, std::uint64_t height, int colour, int depth, int interlace) {
  if (width == 0 || height == 0 || width > 2147483647 || height > 2147483647) return Code::picture_header_invalid;
  const bool pair_allowed = (colour == 0 && (depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16)) ||
                            (colour == 3 && (depth == 1 || depth == 2 || depth == 4 || depth == 8)) ||
                            ((colour == 2 || colour == 4 || colour == 6) && (depth == 8 || depth == 16));
  if (!pair_allowed) return Code::picture_header_invalid;
  if (width > 32767 || height > 32767) return Code::picture_side_over_limit;
  if (width * height > (interlace == 0 ? 40'000'000U : 16'000'000U)) return Code::picture_pixels_over_limit;
  return Code::internal_error;
}

TEST(PngLayout, TakesOrRefusesEveryHeaderAtTheBoundaries) {
  constexpr std::array<std::uint32_t, 12> sides{0,     1,     2,        32767,      32768,      32769,
                                                65535, 65537, 16777215, 2147483647, 2147483648, 4294967295};
  constexpr std::array<std::array<std::uint8_t, 2>, 15> kinds{{{0, 1},
                                                               {0, 2},
                                                               {0, 4},
                                                               {0, 8},
                                                               {0, 16},
                                                               {2, 8},
                                                               {2, 16},
                                                               {3, 1},
                                                               {3, 2},
                                                               {3, 4},
                                                               {3, 8},
                                                               {4, 8},
                                                               {4, 16},
                                                               {6, 8},
                                                               {6, 16}}};
  int cases = 0;
  for (const std::uint32_t width : sides) {
    for (const std::uint32_t height : sides) {
      for (const auto& [colour, depth] : kinds) {
        for (const std::uint8_t interlace : {std::uint8_t{0}, std::uint8_t{1}}) {
          PngFile file;
          file.header({.width = width, .height = height, .depth = depth, .colour = colour, .interlace = interlace});
          file.chunk("PLTE", two_colours).chunk("IDAT", Body(1'000)).end();
          const Code expected = expected_of(width, height, colour, depth, interlace);
          const Code code = code_of(file);
          // A side of 32,767 by 1 or 2 compresses into 1,000 bytes in every kind, and nothing else that passes is
          // larger.
          ASSERT_EQ(code, expected) << width << "x" << height << " colour " << int{colour} << " depth " << int{depth};
          ++cases;
        }
      }
    }
  }
  EXPECT_EQ(cases, 4'320);
}

TEST(PngLayout, RefusesEveryPairOfColourAndDepthThatIsNotInTheTable) {
  int allowed = 0;
  for (int colour = 0; colour < 256; ++colour) {
    for (int depth = 0; depth < 256; ++depth) {
      PngFile file;
      file.header({.depth = static_cast<std::uint8_t>(depth), .colour = static_cast<std::uint8_t>(colour)});
      file.chunk("PLTE", two_colours).chunk("IDAT", Body(20)).end();
      const Code expected = expected_of(1, 1, colour, depth, 0);
      ASSERT_EQ(code_of(file), expected) << colour << "/" << depth;
      allowed += expected == Code::internal_error ? 1 : 0;
    }
  }
  EXPECT_EQ(allowed, 15);
}

TEST(PngLayout, RefusesOtherMethods) {
  EXPECT_EQ(code_of(PngFile().header({.compression = 1}).data(pixel).end()), Code::picture_header_invalid);
  EXPECT_EQ(code_of(PngFile().header({.filter = 1}).data(pixel).end()), Code::picture_header_invalid);
  EXPECT_EQ(code_of(PngFile().header({.interlace = 2}).data(pixel).end()), Code::picture_header_invalid);
}

TEST(PngLayout, RefusesChunksOutOfOrder) {
  EXPECT_EQ(code_of(PngFile().data(pixel).end()), Code::picture_chunk_order);
  EXPECT_EQ(code_of(PngFile().chunk("CgBI", Body(4)).header({}).data(pixel).end()), Code::picture_feature_unsupported);
  EXPECT_EQ(code_of(PngFile().header({}).header({}).data(pixel).end()), Code::picture_chunk_order);
  EXPECT_EQ(code_of(PngFile().header({}).end()), Code::picture_chunk_order);
  EXPECT_EQ(code_of(PngFile().header({}).data(pixel).chunk("tEXt", {}).data(pixel).end()), Code::picture_chunk_order);
  const PngHeader palette{.colour = 3};
  const PngHeader rgb{.colour = 2};
  EXPECT_EQ(code_of(PngFile().header(palette).data(pixel).chunk("PLTE", two_colours).end()),
            Code::picture_palette_invalid);
  EXPECT_EQ(code_of(PngFile().header(rgb).data(pixel).chunk("PLTE", two_colours).end()), Code::picture_chunk_order);
  EXPECT_EQ(code_of(PngFile().header(palette).chunk("PLTE", two_colours).chunk("PLTE", two_colours).data(pixel).end()),
            Code::picture_chunk_order);
  EXPECT_EQ(code_of(PngFile().header({}).chunk("PLTE", two_colours).data(pixel).end()), Code::internal_error);
  EXPECT_EQ(code_of(PngFile().header({}).chunk("PLTE", two_colours).chunk("PLTE", two_colours).data(pixel).end()),
            Code::picture_chunk_order);
}

TEST(PngLayout, RefusesChunksThatBreakTheirRules) {
  EXPECT_EQ(code_of(PngFile().header({}).chunk("CRIT", {}).data(pixel).end()), Code::picture_chunk_invalid);
  EXPECT_EQ(code_of(PngFile().header({}).chunk("t\x01xt", {}).data(pixel).end()), Code::picture_chunk_invalid);
  EXPECT_EQ(code_of(PngFile().header({}).data(pixel).chunk("IEND", Body(1))), Code::picture_chunk_invalid);
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, std::size_t{4}, std::size_t{769}, std::size_t{771}}) {
    EXPECT_EQ(code_of(PngFile().header({.colour = 3}).chunk("PLTE", Body(bytes)).data(pixel).end()),
              Code::picture_palette_invalid)
        << bytes;
  }
}

TEST(PngLayout, RefusesAWrongChecksumOfEachCriticalChunk) {
  const Bytes whole = PngFile().header({.colour = 3}).chunk("PLTE", two_colours).data(pixel).end().bytes();
  for (std::size_t at = 8; at < whole.size();) {
    const std::size_t framed = 12 + std::to_integer<std::size_t>(whole[at + 3]);
    Bytes damaged = whole;
    damaged[at + framed - 1] ^= std::byte{1};
    const Result<PngLayout> layout = read_png_layout(damaged, {});
    ASSERT_FALSE(layout.has_value());
    EXPECT_EQ(layout.error().code, Code::picture_checksum_wrong);
    EXPECT_TRUE(layout.error().detail.starts_with(as_text(BytesView(whole).subspan(at + 4, 4))));
    at += framed;
  }
}

TEST(PngLayout, LeavesOutTransparencyThatBreaksItsRules) {
  const auto transparency_of = [](const PngFile& file) {
    return read_png_layout(file.bytes(), {})->transparency.size();
  };
  EXPECT_EQ(transparency_of(PngFile().header({}).chunk("tRNS", Body(2)).data(pixel).end()), 2U);
  EXPECT_EQ(transparency_of(PngFile().header({}).chunk("tRNS", Body(6)).data(pixel).end()), 0U);
  EXPECT_EQ(transparency_of(PngFile().header({}).data(pixel).chunk("tRNS", Body(2)).end()), 0U);
  EXPECT_EQ(transparency_of(PngFile().header({.colour = 6}).chunk("tRNS", Body(6)).data(pixel).end()), 0U);
  const PngHeader palette{.colour = 3};
  EXPECT_EQ(
      transparency_of(PngFile().header(palette).chunk("PLTE", two_colours).chunk("tRNS", Body(2)).data(pixel).end()),
      2U);
  EXPECT_EQ(
      transparency_of(PngFile().header(palette).chunk("PLTE", two_colours).chunk("tRNS", Body(3)).data(pixel).end()),
      0U);
  EXPECT_EQ(
      transparency_of(PngFile().header(palette).chunk("tRNS", Body(2)).chunk("PLTE", two_colours).data(pixel).end()),
      0U);
}

TEST(PngLayout, DoesNotOverflowWhenEveryLimitIsLifted) {
  Limits limits;
  limits.picture_side_px_max = 0xFFFF'FFFF;
  limits.picture_pixels_max = ~std::uint64_t{0};
  limits.buffered_picture_pixels_max = ~std::uint64_t{0};
  const PngHeader huge{.width = 0x7FFF'FFFF, .height = 0x7FFF'FFFF, .depth = 16, .colour = 6};
  EXPECT_EQ(code_of(PngFile().header(huge).data(pixel).end(), limits), Code::picture_side_over_limit);
  const PngHeader large{.width = 65'535, .height = 65'535, .depth = 16, .colour = 6};
  EXPECT_EQ(code_of(PngFile().header(large).data(pixel).end(), limits), Code::picture_truncated);
}

TEST(PngLayout, TakesNoSideThatCanNotBeResizedWhateverTheLimits) {
  Limits limits;
  limits.picture_side_px_max = 100'000;
  EXPECT_EQ(code_of(PngFile().header({.width = 65'535}).data(Body(65'536)).end(), limits), Code::internal_error);
  EXPECT_EQ(code_of(PngFile().header({.width = 65'536}).data(Body(65'537)).end(), limits),
            Code::picture_side_over_limit);
  EXPECT_EQ(code_of(PngFile().header({.height = 65'536}).data(Body(131'072)).end(), limits),
            Code::picture_side_over_limit);
}

}  // namespace
}  // namespace locket::codec
