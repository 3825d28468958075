#include "codec/icc_profile.hpp"

#include <gtest/gtest.h>
#include <lcms2.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <random>
#include <set>
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

constexpr cmsCIExyYTRIPLE srgb_primaries{{0.64, 0.33, 1.0}, {0.30, 0.60, 1.0}, {0.15, 0.06, 1.0}};

/// Another curve, with the primaries of sRGB where no others are named.
Bytes rgb_profile(double gamma, const cmsCIExyYTRIPLE& primaries = srgb_primaries) {
  cmsToneCurve* const curve = cmsBuildGamma(nullptr, gamma);
  cmsToneCurve* const curves[3] = {curve, curve, curve};
  const cmsCIExyY white{0.3127, 0.3290, 1.0};
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

/// Little CMS's own result, without the tables that it makes for speed: 3 samples a pixel out of 1 or 3 of 16 bits.
Body judged(const Bytes& profile, const std::vector<std::uint16_t>& samples, bool grey) {
  cmsHPROFILE source = cmsOpenProfileFromMem(profile.data(), static_cast<cmsUInt32Number>(profile.size()));
  cmsHPROFILE target = cmsCreate_sRGBProfile();
  cmsHTRANSFORM transform = cmsCreateTransform(source, grey ? TYPE_GRAY_16 : TYPE_RGB_16, target, TYPE_RGB_8,
                                               INTENT_PERCEPTUAL, cmsFLAGS_NOOPTIMIZE);
  const std::size_t pixels = samples.size() / (grey ? 1 : 3);
  Body out(pixels * 3);
  cmsDoTransform(transform, samples.data(), out.data(), static_cast<cmsUInt32Number>(pixels));
  cmsDeleteTransform(transform);
  cmsCloseProfile(target);
  cmsCloseProfile(source);
  return out;
}

void append_deep(Body& raw, std::uint16_t sample) {
  raw.push_back(static_cast<std::uint8_t>(sample >> 8));
  raw.push_back(static_cast<std::uint8_t>(sample & 0xFF));
}

TEST(IccProfile, IsAppliedToSamplesOfSixteenBitsBeforeTheyAreReduced) {
  constexpr std::uint32_t side = 400;
  std::vector<std::uint16_t> dark;  // a fiftieth of the light, in steps that 8 bits do not have
  Body raw;
  for (std::uint32_t at = 0; at < side * side; ++at) {
    if (at % side == 0) raw.push_back(0);
    dark.push_back(static_cast<std::uint16_t>(at % side * 1'310 / side));
    append_deep(raw, dark.back());
  }
  const Bytes profile = grey_profile(1.0);
  PngFile file;
  file.header({.width = side, .height = side, .depth = 16}).chunk("iCCP", chunk_of(profile));
  const Result<DecodedPicture> picture = decode_picture(file.data(raw).end().bytes());
  ASSERT_TRUE(picture.has_value()) << picture.error().detail;
  const Body wanted = judged(profile, dark, true);
  const Body& samples = picture->image.samples;
  int worst = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) worst = std::max(worst, std::abs(samples[i] - wanted[3 * i]));
  EXPECT_LE(worst, 1);
  EXPECT_EQ(std::set<int>(samples.begin(), samples.end()).size(), 40U);  // sRGB writes 0.01994 as 39
}

TEST(IccProfile, IsAppliedToEveryKindOfSixteenBitsAsLittleCmsDoes) {
  constexpr cmsCIExyYTRIPLE wide{{0.7347, 0.2653, 1.0}, {0.1596, 0.8404, 1.0}, {0.0366, 0.0001, 1.0}};
  std::mt19937 random(16);
  for (int round = 0; round < 240; ++round) {
    const auto colour = static_cast<std::uint8_t>(std::array{0, 2, 4, 6}[static_cast<std::size_t>(round % 4)]);
    const bool grey = colour % 4 == 0;
    const double gamma = std::array{1.0, 1.8, 2.6}[static_cast<std::size_t>(round / 4 % 3)];
    const Bytes profile = grey ? grey_profile(gamma) : rgb_profile(gamma, round % 3 == 0 ? wide : srgb_primaries);
    std::vector<std::uint16_t> samples;
    Body raw{0};
    for (std::size_t i = 0; i < (grey ? 1 : 3); ++i) {
      samples.push_back(static_cast<std::uint16_t>(random() % 65'536 >> random() % 9));
      append_deep(raw, samples.back());
    }
    PngFile file;
    file.header({.depth = 16, .colour = colour, .interlace = static_cast<std::uint8_t>(round / 4 % 2)});
    file.chunk("iCCP", chunk_of(profile));
    const bool keyed = colour < 4 && round % 5 == 0;
    if (keyed) file.chunk("tRNS", std::span(raw).subspan(1));
    if (colour >= 4) append_deep(raw, 0x10FF);  // nearest to 17
    const Result<DecodedPicture> picture = decode_picture(file.data(raw).end().bytes());
    ASSERT_TRUE(picture.has_value()) << picture.error().detail;
    EXPECT_FALSE(picture->header.facts.profile_ignored);
    const Body& made = picture->image.samples;
    const Body wanted = judged(profile, samples, grey);
    ASSERT_EQ(made.size(), keyed || colour >= 4 ? 4U : grey ? 1U : 3U);
    for (std::size_t i = 0; i < std::min<std::size_t>(made.size(), 3); ++i) EXPECT_NEAR(made[i], wanted[i], 1) << round;
    if (made.size() == 4) {
      EXPECT_EQ(made[3], keyed ? 0 : 17);
    }
  }
}

/// What sRGB (IEC 61966-2-1) writes for a share of the light, before it is rounded.
double srgb_of(double light) {
  return 255.0 * (light <= 0.0031308 ? light * 12.92 : 1.055 * std::pow(light, 1.0 / 2.4) - 0.055);
}

TEST(IccProfile, OfGreyGivesTheNearestLevelAtEightBitsAsAtSixteen) {
  for (const double gamma : {1.0, 1.45, 1.8, 2.2, 2.6}) {
    const Body chunk = chunk_of(grey_profile(gamma));
    Body ramp{0};
    Body deep_ramp{0};
    for (unsigned level = 0; level < 256; ++level) {
      ramp.push_back(static_cast<std::uint8_t>(level));
      append_deep(deep_ramp, static_cast<std::uint16_t>(level * 257));
    }
    PngFile file;
    PngFile deep_file;
    file.header({.width = 256}).chunk("iCCP", chunk).data(ramp);
    deep_file.header({.width = 256, .depth = 16}).chunk("iCCP", chunk).data(deep_ramp);
    const Result<DecodedPicture> picture = decode_picture(file.end().bytes());
    const Result<DecodedPicture> deep = decode_picture(deep_file.end().bytes());
    ASSERT_TRUE(picture.has_value() && deep.has_value());
    for (unsigned level = 0; level < 256; ++level) {
      EXPECT_NEAR(picture->image.samples[level], srgb_of(std::pow(level / 255.0, gamma)), 0.55)
          << gamma << ' ' << level;
    }
    EXPECT_EQ(picture->image.samples, deep->image.samples) << gamma;
  }
}

/// RGB of which a table, with two entries a channel, says that red alone is its lightness.
Bytes table_profile() {
  cmsHPROFILE profile = cmsCreateProfilePlaceholder(nullptr);
  cmsSetProfileVersion(profile, 2.4);
  cmsSetDeviceClass(profile, cmsSigInputClass);
  cmsSetColorSpace(profile, cmsSigRgbData);
  cmsSetPCS(profile, cmsSigLabData);
  std::array<std::uint16_t, 24> colours{};
  for (std::size_t entry = 0; entry < 8; ++entry) {
    colours[3 * entry] = entry < 4 ? 0 : 0xFF00;
    colours[3 * entry + 1] = colours[3 * entry + 2] = 0x8000;
  }
  cmsPipeline* const pipeline = cmsPipelineAlloc(nullptr, 3, 3);
  cmsPipelineInsertStage(pipeline, cmsAT_END, cmsStageAllocCLut16bit(nullptr, 2, 3, 3, colours.data()));
  cmsWriteTag(profile, cmsSigAToB0Tag, pipeline);
  cmsWriteTag(profile, cmsSigMediaWhitePointTag, cmsD50_XYZ());
  cmsPipelineFree(pipeline);
  return saved(profile);
}

TEST(IccProfile, OfTablesIsAppliedToSamplesOfSixteenBitsAsToEight) {
  const Body chunk = chunk_of(table_profile());
  const Result<DecodedPicture> picture = decode_pixel(2, {90, 10, 20}, chunk);
  PngFile file;
  file.header({.depth = 16, .colour = 2}).chunk("iCCP", chunk).data(Body{0, 90, 91, 10, 11, 20, 21});
  const Result<DecodedPicture> deep = decode_picture(file.end().bytes());
  ASSERT_TRUE(picture.has_value() && deep.has_value());
  EXPECT_FALSE(deep->header.facts.profile_ignored);
  EXPECT_NE(picture->image.samples, (Body{90, 10, 20}));
  EXPECT_EQ(picture->image.samples, deep->image.samples);
}

TEST(IccProfile, ForOtherSamplesIsNoneForSixteenBits) {
  EXPECT_NE(make_deep_colour_transform(rgb_profile(1.0), ProfileInput::rgb), nullptr);
  EXPECT_EQ(make_deep_colour_transform(grey_profile(1.0), ProfileInput::rgb), nullptr);
  EXPECT_EQ(make_deep_colour_transform(rgb_profile(1.0), ProfileInput::cmyk_inverted), nullptr);
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
    if (at % 4 != 0) continue;  // each takes its time
    const auto deep = make_deep_colour_transform(damaged, ProfileInput::rgb);
    const Body samples{0, 0, 0x7F, 0xFF, 0xFF, 0xFF};
    Body colour(3);
    if (deep != nullptr) deep->apply(samples.data(), colour.data(), 1);
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
