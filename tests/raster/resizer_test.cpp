#include "raster/resizer.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "pictures.hpp"

namespace locket::raster {
namespace {

bool same(const Image& one, const Image& other) {
  return one.size == other.size && one.format == other.format && one.samples == other.samples;
}

TEST(Resizer, MakesBothSizesOfEveryTinyPicture) {
  for (std::uint32_t width = 1; width <= 64; width += width < 8 ? 1 : 7) {
    for (std::uint32_t height = 1; height <= 64; height += height < 8 ? 1 : 9) {
      const RowFormat format = (width + height) % 3 == 0   ? RowFormat::grey
                               : (width + height) % 3 == 1 ? RowFormat::rgb
                                                           : RowFormat::rgba;
      const Images images = resize(draw(Subject::noise, {width, height}, format));
      ASSERT_EQ(images.small.size, small_size);
      ASSERT_EQ(images.large.size, large_size);
      ASSERT_EQ(images.large.samples.size(), images.large.row_bytes() * large_size.height_px);
      ASSERT_EQ(images.small.samples.size(), images.small.row_bytes() * small_size.height_px);
    }
  }
}

TEST(Resizer, KeepsAFlatPictureFlat) {
  for (const Filter filter : {Filter::lanczos3, Filter::mitchell, Filter::catmull_rom, Filter::triangle, Filter::box}) {
    const Image source = draw(Subject::flat, {977, 601}, RowFormat::rgb);
    const Images images = resize(source, Recipe{.filter = filter});
    for (const Image* image : {&images.small, &images.large}) {
      for (std::size_t at = 0; at < image->samples.size(); ++at) ASSERT_EQ(image->samples[at], source.samples[at % 3]);
    }
  }
}

TEST(Resizer, DoesNotResizeASourceOfTheTargetsSize) {
  for (const RowFormat format : {RowFormat::grey, RowFormat::rgb, RowFormat::rgba}) {
    const Image large = draw(Subject::noise, large_size, format);
    const Image small = draw(Subject::noise, small_size, format);
    EXPECT_TRUE(same(resize(large).large, large));
    EXPECT_TRUE(same(resize(small).small, small));
    EXPECT_TRUE(same(resize(large, Recipe{.filter = Filter::mitchell}).large, large));
  }
}

TEST(Resizer, TurnsThePictureUpright) {
  for (const RowFormat format : {RowFormat::grey, RowFormat::rgb, RowFormat::rgba}) {
    for (std::uint8_t orientation = 1; orientation <= 8; ++orientation) {
      const PixelSize size = orientation >= 5 ? PixelSize{500, 800} : PixelSize{800, 500};
      const Image source = draw(Subject::noise, size, format);
      EXPECT_TRUE(same(resize(source, {}, orientation).large, upright(source, orientation))) << int{orientation};
    }
  }
}

TEST(Resizer, AppliesTheOrientationToWhatItMade) {
  const Image source = draw(Subject::thin_lines, {640, 400}, RowFormat::rgb);
  const Images plain = resize(source);
  for (std::uint8_t orientation = 2; orientation <= 4; ++orientation) {
    const Images turned = resize(source, {}, orientation);
    EXPECT_TRUE(same(turned.small, upright(plain.small, orientation)));
    EXPECT_TRUE(same(turned.large, upright(plain.large, orientation)));
  }
}

TEST(Resizer, GivesOfATurnedPictureWhatItMadeTurned) {
  for (const PixelSize size : {PixelSize{1'001, 801}, PixelSize{640, 480}, PixelSize{2'000, 1'250}}) {
    const Image source = draw(Subject::noise, size, RowFormat::rgba);
    for (const Filter filter :
         {Filter::lanczos3, Filter::mitchell, Filter::catmull_rom, Filter::triangle, Filter::box}) {
      for (const Fit fit : {Fit::cover, Fit::stretch}) {
        const Images plain = resize(source, Recipe{.fit = fit, .filter = filter});
        const Images turned = resize(upright(source, 3), Recipe{.fit = fit, .filter = filter});
        EXPECT_TRUE(same(turned.small, upright(plain.small, 3))) << size.width_px << ' ' << static_cast<int>(filter);
        EXPECT_TRUE(same(turned.large, upright(plain.large, 3))) << size.width_px << ' ' << static_cast<int>(filter);
      }
    }
  }
}

TEST(Resizer, GivesTheSameForEveryBatchOfRows) {
  const Image source = draw(Subject::noise, {301, 203}, RowFormat::rgba);
  const Images one = resize(source, {}, 1, 1);
  for (const std::uint32_t rows : {2U, 3U, 8U, 203U}) {
    const Images other = resize(source, {}, 1, rows);
    EXPECT_TRUE(same(one.small, other.small));
    EXPECT_TRUE(same(one.large, other.large));
  }
}

TEST(Resizer, SeesNothingOfTheColourOfTransparentPixels) {
  Image source = draw(Subject::thin_lines, {310, 190}, RowFormat::rgba);
  Image hidden = source;
  for (std::size_t at = 0; at < hidden.samples.size(); at += 4) {
    if (hidden.samples[at + 3] == 0) hidden.samples[at] = hidden.samples[at + 1] = hidden.samples[at + 2] = 255;
  }
  ASSERT_FALSE(same(source, hidden));
  EXPECT_TRUE(same(resize(source).large, resize(hidden).large));
  EXPECT_TRUE(same(resize(source).small, resize(hidden).small));
}

TEST(Resizer, TreatsOpaqueAlphaLikeNone) {
  const Image source = draw(Subject::noise, {310, 190}, RowFormat::rgb);
  Image opaque{source.size, RowFormat::rgba, {}};
  for (std::size_t at = 0; at < source.samples.size(); at += 3) {
    opaque.samples.insert(opaque.samples.end(),
                          {source.samples[at], source.samples[at + 1], source.samples[at + 2], 255});
  }
  EXPECT_TRUE(same(resize(source).large, resize(opaque).large));
  EXPECT_TRUE(same(resize(source).small, resize(opaque).small));
}

/// A picture whose upper part is opaque and whose last row is not, so that alpha comes late.
Image late_alpha(PixelSize size) {
  Image image = draw(Subject::noise, size, RowFormat::rgba);
  for (std::size_t at = 3; at < image.samples.size(); at += 4) image.samples[at] = 255;
  for (std::size_t at = image.samples.size() - image.row_bytes() + 3; at < image.samples.size(); at += 4) {
    image.samples[at] = 100;
  }
  return image;
}

TEST(Resizer, KeepsWhatItMadeBeforeTheFirstTranslucentPixel) {
  for (const PixelSize size : {PixelSize{1'000, 640}, PixelSize{2'000, 1'250}, PixelSize{800, 500}}) {
    const Image late = late_alpha(size);
    Image early = late;  // alpha from the first row on, which is far from the rows that are compared
    for (std::size_t at = 3; at < early.row_bytes(); at += 4) early.samples[at] = 100;
    const Images seen = resize(late);
    const Images expected = resize(early);
    ASSERT_EQ(seen.large.format, RowFormat::rgba);
    ASSERT_EQ(expected.large.format, RowFormat::rgba);
    for (std::uint32_t y = 20; y < 500; ++y) {
      ASSERT_TRUE(std::ranges::equal(seen.large.row(y), expected.large.row(y))) << size.width_px << ' ' << y;
    }
    for (std::uint32_t y = 20; y < 250; ++y) {
      ASSERT_TRUE(std::ranges::equal(seen.small.row(y), expected.small.row(y))) << size.width_px << ' ' << y;
    }
  }
}

TEST(Resizer, TurnsWhatItMadeBeforeTheFirstTranslucentPixel) {
  const Image source = late_alpha({1'000, 640});
  const Images plain = resize(source);
  for (std::uint8_t orientation = 2; orientation <= 4; ++orientation) {
    const Images turned = resize(source, {}, orientation);
    EXPECT_TRUE(same(turned.small, upright(plain.small, orientation)));
    EXPECT_TRUE(same(turned.large, upright(plain.large, orientation)));
  }
}

TEST(Resizer, PadsWhatIsContainedWithTheBackground) {
  const Image source = draw(Subject::flat, {100, 100}, RowFormat::rgb);
  const Images images = resize(source, Recipe{.fit = Fit::contain, .background = {9, 8, 7, 255}});
  ASSERT_EQ(images.large.format, RowFormat::rgb);
  for (std::uint32_t x = 0; x < 800; ++x) {
    const bool inside = x >= 150 && x < 650;
    EXPECT_EQ(images.large.row(250)[x * 3], inside ? 40 : 9) << x;
  }
  for (std::uint32_t x = 0; x < 400; ++x) {
    EXPECT_EQ(images.small.row(0)[x * 3 + 2], x >= 75 && x < 325 ? 160 : 7) << x;
  }
}

TEST(Resizer, PadsWithTransparencyByDefault) {
  const Images images = resize(draw(Subject::flat, {300, 100}, RowFormat::grey), Recipe{.fit = Fit::contain});
  ASSERT_EQ(images.small.format, RowFormat::rgba);
  EXPECT_EQ(images.small.row(0)[3], 0);
  EXPECT_EQ(images.small.row(125)[3], 255);
  EXPECT_EQ(images.small.row(125)[2], 40);
}

TEST(Resizer, ContainsTheLongestPictures) {
  for (const PixelSize size : {PixelSize{1, 30'000}, PixelSize{30'000, 1}}) {
    const Images images = resize(draw(Subject::noise, size, RowFormat::rgba), Recipe{.fit = Fit::contain});
    EXPECT_EQ(images.large.size, large_size);
  }
}

TEST(Resizer, RefusesRowsInExcess) {
  const Image source = draw(Subject::flat, {4, 4}, RowFormat::rgb);
  auto resizer = make_resizer({source.size, source.format, 1}, {}).value();
  ASSERT_TRUE(resizer->push({source.samples.data(), source.row_bytes(), 3}));
  EXPECT_EQ(resizer->finish().error().code, Code::argument_invalid);
  EXPECT_EQ(resizer->push({source.samples.data(), source.row_bytes(), 2}).error().code, Code::argument_invalid);
  ASSERT_TRUE(resizer->push({source.samples.data(), source.row_bytes(), 1}));
  EXPECT_TRUE(resizer->finish());
  EXPECT_EQ(resizer->finish().error().code, Code::argument_invalid);
}

TEST(Resizer, RefusesASourceThatCanNotBe) {
  const Source good{{101, 51}, RowFormat::rgb, 1};
  EXPECT_TRUE(make_resizer(good, {}));
  for (const Source& bad :
       {Source{{0, 5}, RowFormat::rgb, 1}, Source{{5, 0}, RowFormat::rgb, 1}, Source{{5, 5}, RowFormat::rgb, 0},
        Source{{5, 5}, RowFormat::rgb, 9}, Source{{2'000'000, 5}, RowFormat::rgb, 1}}) {
    EXPECT_EQ(make_resizer(bad, {}).error().code, Code::argument_invalid);
  }
}

}  // namespace
}  // namespace locket::raster
