#include "codec/icc_profile.hpp"

#include <gtest/gtest.h>
#include <lcms2.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "decoded_picture.hpp"
#include "png_file.hpp"

namespace locket::codec {
namespace {

using Body = std::vector<std::uint8_t>;

Bytes saved(cmsHPROFILE profile) {
  cmsUInt32Number bytes = 0;
  cmsSaveProfileToMem(profile, nullptr, &bytes);
  Bytes out(bytes);
  cmsSaveProfileToMem(profile, out.data(), &bytes);
  cmsCloseProfile(profile);
  return out;
}

Bytes srgb_profile() { return saved(cmsCreate_sRGBProfile()); }

/// The primaries of sRGB with another curve.
Bytes rgb_profile(double gamma) {
  cmsToneCurve* const curve = cmsBuildGamma(nullptr, gamma);
  cmsToneCurve* const curves[3] = {curve, curve, curve};
  const cmsCIExyY white{0.3127, 0.3290, 1.0};
  const cmsCIExyYTRIPLE primaries{{0.64, 0.33, 1.0}, {0.30, 0.60, 1.0}, {0.15, 0.06, 1.0}};
  const Bytes profile = saved(cmsCreateRGBProfile(&white, &primaries, curves));
  cmsFreeToneCurve(curve);
  return profile;
}

Bytes grey_profile(double gamma) {
  cmsToneCurve* const curve = cmsBuildGamma(nullptr, gamma);
  const Bytes profile = saved(cmsCreateGrayProfile(cmsD50_xyY(), curve));
  cmsFreeToneCurve(curve);
  return profile;
}

Body chunk_of(const Bytes& profile) {
  Body body{'n', 'a', 'm', 'e', 0, 0};
  const auto* const start = reinterpret_cast<const std::uint8_t*>(profile.data());
  const Body stream = compress({start, profile.size()});
  body.insert(body.end(), stream.begin(), stream.end());
  return body;
}

void store_be32(std::byte* at, std::size_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) *at++ = static_cast<std::byte>(value >> shift);
}

/// The profile with one tag more, in the place of its description.
Bytes with_tag(Bytes profile, std::string_view name, const Bytes& data) {
  constexpr std::size_t table = 132;
  const std::size_t place = profile.size();
  profile.insert(profile.end(), data.begin(), data.end());
  store_be32(profile.data(), profile.size());
  for (std::size_t at = table; at + 12 <= place; at += 12) {
    if (as_text(BytesView(profile).subspan(at, 4)) != "desc") continue;
    std::ranges::copy(as_bytes(name), profile.begin() + static_cast<std::ptrdiff_t>(at));
    store_be32(profile.data() + at + 4, place);
    store_be32(profile.data() + at + 8, data.size());
    return profile;
  }
  throw std::runtime_error("no description");
}

/// A multi-process element: one set of curves, named `count` times.
Bytes elements(std::size_t count) {
  Bytes data(16 + count * 8);
  std::ranges::copy(as_bytes("mpet"), data.begin());
  data[9] = data[11] = std::byte{3};
  store_be32(data.data() + 12, count);
  const std::string curve = std::string("curf\0\0\0\0\0\1\0\0parf\0\0\0\0\0\0\0\0", 24) + "?\x81\x47\xae" +
                            std::string("?\x80\0\0\0\0\0\0\0\0\0\0", 12);  // 1.01, 1, 0, 0
  std::string set = std::string("cvst\0\0\0\0\0\3\0\3", 12);
  for (int channel = 0; channel < 3; ++channel) {
    set += std::string("\0\0\0\x24\0\0\0", 7) + static_cast<char>(curve.size());
  }
  set += curve;
  for (std::size_t i = 0; i < count; ++i) {
    store_be32(data.data() + 16 + i * 8, 16 + count * 8);
    store_be32(data.data() + 20 + i * 8, set.size());
  }
  const BytesView bytes = as_bytes(set);
  data.insert(data.end(), bytes.begin(), bytes.end());
  return data;
}

/// One pixel with a profile.
Result<DecodedPicture> decode_pixel(std::uint8_t colour, Body samples, const Body& chunk, const Limits& limits = {}) {
  samples.insert(samples.begin(), 0);
  PngFile file;
  file.header({.colour = colour}).chunk("iCCP", chunk);
  if (colour == 3) file.chunk("PLTE", Body{100, 100, 100, 50, 150, 200});
  return decode_picture(file.data(samples).end().bytes(), limits);
}

TEST(IccProfile, OfSrgbChangesNothing) {
  const auto transform = make_colour_transform(srgb_profile(), ProfileInput::rgb);
  ASSERT_NE(transform, nullptr);
  EXPECT_TRUE(transform->is_identity());
  const Result<DecodedPicture> picture = decode_pixel(2, {10, 100, 200}, chunk_of(srgb_profile()));
  ASSERT_TRUE(picture.has_value());
  EXPECT_EQ(picture->image.samples, (Body{10, 100, 200}));
  EXPECT_FALSE(picture->header.facts.profile_ignored);
}

TEST(IccProfile, OfAnotherCurveIsApplied) {
  // Linear light 100/255 is 0.392, which sRGB (IEC 61966-2-1) writes as 1.055 * 0.392^(1/2.4) - 0.055 = 0.659: 168.
  const Body chunk = chunk_of(rgb_profile(1.0));
  for (const std::uint8_t colour : {std::uint8_t{2}, std::uint8_t{3}, std::uint8_t{6}}) {
    const Body samples = colour == 2 ? Body{100, 100, 100} : colour == 3 ? Body{0} : Body{100, 100, 100, 77};
    const Result<DecodedPicture> picture = decode_pixel(colour, samples, chunk);
    ASSERT_TRUE(picture.has_value()) << picture.error().detail;
    EXPECT_FALSE(picture->header.facts.profile_ignored);
    for (std::size_t channel = 0; channel < 3; ++channel) EXPECT_NEAR(picture->image.samples[channel], 168, 1);
    if (colour == 6) {
      EXPECT_EQ(picture->image.samples[3], 77);
    }
  }
}

TEST(IccProfile, OfGreyIsAppliedToGreyWithAndWithoutAlpha) {
  const Body chunk = chunk_of(grey_profile(1.0));
  const Result<DecodedPicture> grey = decode_pixel(0, {100}, chunk);
  ASSERT_TRUE(grey.has_value());
  EXPECT_EQ(grey->header.format, RowFormat::grey);
  EXPECT_NEAR(grey->image.samples[0], 168, 1);
  const Result<DecodedPicture> alpha = decode_pixel(4, {100, 77}, chunk);
  ASSERT_TRUE(alpha.has_value());
  ASSERT_EQ(alpha->header.format, RowFormat::rgba);
  for (std::size_t channel = 0; channel < 3; ++channel) EXPECT_NEAR(alpha->image.samples[channel], 168, 1);
  EXPECT_EQ(alpha->image.samples[3], 77);
}

TEST(IccProfile, ForOtherSamplesIsIgnoredAndTold) {
  const Result<DecodedPicture> picture = decode_pixel(2, {10, 100, 200}, chunk_of(grey_profile(1.0)));
  ASSERT_TRUE(picture.has_value());
  EXPECT_EQ(picture->image.samples, (Body{10, 100, 200}));
  EXPECT_TRUE(picture->header.facts.profile_ignored);
}

TEST(IccProfile, ThatIsDamagedAnywhereIsIgnoredOrAppliedButNeverRefused) {
  const Bytes whole = rgb_profile(1.8);
  int ignored = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    Bytes damaged = whole;
    damaged[at] ^= std::byte{0xFF};
    const Result<DecodedPicture> picture = decode_pixel(2, {10, 100, 200}, chunk_of(damaged));
    ASSERT_TRUE(picture.has_value()) << at << picture.error().detail;
    ignored += picture->header.facts.profile_ignored ? 1 : 0;
  }
  EXPECT_GT(ignored, 8);
  for (std::size_t bytes = 0; bytes < whole.size(); bytes += 7) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(bytes));
    const Result<DecodedPicture> picture = decode_pixel(2, {10, 100, 200}, chunk_of(cut));
    ASSERT_TRUE(picture.has_value());
    EXPECT_TRUE(picture->header.facts.profile_ignored) << bytes;
  }
}

TEST(IccProfile, OverItsLimitIsNotInflated) {
  Bytes huge = srgb_profile();
  huge.resize(200'000'000);
  huge[0] = std::byte{0x0B};  // 200,000,000 in its own header
  huge[1] = std::byte{0xEB};
  huge[2] = std::byte{0xC2};
  huge[3] = std::byte{0x00};
  const Body chunk = chunk_of(huge);
  const Result<Bytes> inflated = inflate_png_profile(std::as_bytes(std::span(chunk)), {});
  ASSERT_FALSE(inflated.has_value());
  EXPECT_EQ(inflated.error().code, Code::picture_chunk_over_limit);
  const Result<DecodedPicture> picture = decode_pixel(2, {10, 100, 200}, chunk);
  ASSERT_TRUE(picture.has_value());
  EXPECT_TRUE(picture->header.facts.profile_ignored);
}

// It would take hours, and more memory than there is.
TEST(IccProfile, ThatNamesAnElementWithoutEndIsAppliedWithoutIt) {
  const Bytes hostile = with_tag(rgb_profile(1.0), "D2B0", elements(400'000));
  const Result<DecodedPicture> picture = decode_pixel(2, {100, 100, 100}, chunk_of(hostile));
  ASSERT_TRUE(picture.has_value()) << picture.error().detail;
  EXPECT_FALSE(picture->header.facts.profile_ignored);
  EXPECT_NEAR(picture->image.samples[0], 168, 1);
}

TEST(IccProfile, KeepsOfItsTagsOnlyThoseThatSayHowColoursAre) {
  const Bytes whole = rgb_profile(1.8);
  const Bytes kept = without_needless_tags(whole);
  ASSERT_EQ(kept.size(), whole.size());
  std::string names;
  for (std::size_t tag = 0; tag < std::to_integer<std::size_t>(kept[131]); ++tag) {
    names += as_text(BytesView(kept).subspan(132 + tag * 12, 4));
  }
  EXPECT_EQ(names, "wtptchadrXYZbXYZgXYZrTRCgTRCbTRC");
  EXPECT_EQ(without_needless_tags(kept), kept);
  for (const std::size_t bytes : {0U, 131U, 132U + 11U}) {
    EXPECT_TRUE(without_needless_tags(BytesView(whole).first(bytes)).empty()) << bytes;
  }
}

TEST(IccProfile, WithoutNameOrWithAnotherMethodIsIgnored) {
  Body chunk = chunk_of(rgb_profile(1.0));
  const Body nameless(chunk.begin() + 4, chunk.end());
  EXPECT_TRUE(decode_pixel(2, {1, 2, 3}, nameless)->header.facts.profile_ignored);
  EXPECT_TRUE(decode_pixel(2, {1, 2, 3}, Body(100, 'n'))->header.facts.profile_ignored);
  chunk[5] = 1;
  EXPECT_TRUE(decode_pixel(2, {1, 2, 3}, chunk)->header.facts.profile_ignored);
}

TEST(IccProfile, StandsBeforePaletteAndData) {
  const Body chunk = chunk_of(rgb_profile(1.0));
  const Body row{0, 10, 100, 200};
  const Result<DecodedPicture> late =
      decode_picture(PngFile().header({.colour = 2}).data(row).chunk("iCCP", chunk).end().bytes());
  ASSERT_TRUE(late.has_value());
  EXPECT_TRUE(late->header.facts.profile_ignored);
  EXPECT_EQ(late->image.samples, (Body{10, 100, 200}));
}

}  // namespace
}  // namespace locket::codec
