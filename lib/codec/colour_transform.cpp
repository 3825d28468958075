#include <lcms2.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <type_traits>
#include <vector>

#include "codec/colour_memory.hpp"
#include "codec/icc_profile.hpp"

namespace locket::codec {
namespace {

// The largest profile that is read, 4 MB of tables, takes less: the file, its tables twice, and the transform.
constexpr std::size_t colour_memory_bytes_max = 33'554'432;

template <auto free_function>
struct Freer {
  template <class Object>
  void operator()(Object* object) const noexcept {
    free_function(object);
  }
};
using Profile = std::unique_ptr<void, Freer<cmsCloseProfile>>;
using Transform = std::unique_ptr<void, Freer<cmsDeleteTransform>>;

struct Formats {
  cmsColorSpaceSignature space;
  cmsUInt32Number in;
  cmsUInt32Number out;
};

Formats formats_of(ProfileInput input) noexcept {
  switch (input) {
    case ProfileInput::grey:
    case ProfileInput::grey_as_rgba: return {cmsSigGrayData, TYPE_GRAY_FLT, TYPE_RGB_FLT};
    case ProfileInput::rgba: return {cmsSigRgbData, TYPE_RGBA_8, TYPE_RGBA_8};
    case ProfileInput::cmyk_inverted: return {cmsSigCmykData, TYPE_CMYK_8_REV, TYPE_RGB_8};
    case ProfileInput::rgb: break;
  }
  return {cmsSigRgbData, TYPE_RGB_8, TYPE_RGB_8};
}

/// Whether a profile is of a device or a colour space; links, abstract and named-colour profiles are not.
bool describes_colours(cmsHPROFILE profile) noexcept {
  const cmsProfileClassSignature kind = cmsGetDeviceClass(profile);
  return kind == cmsSigInputClass || kind == cmsSigDisplayClass || kind == cmsSigOutputClass ||
         kind == cmsSigColorSpaceClass;
}

/// Grey needs one table only.
class GreyTable final : public ColourTransform {
 public:
  GreyTable(const std::array<std::uint8_t, 256>& table, ProfileInput input) noexcept
      : table_(table), rgba_(input == ProfileInput::grey_as_rgba) {
    for (std::size_t i = 0; i < table_.size(); ++i) {
      const int moved = static_cast<int>(table_[i]) - static_cast<int>(i);
      identity_ = identity_ && moved >= -1 && moved <= 1;
    }
  }

  [[nodiscard]] bool is_identity() const noexcept override { return identity_; }

  void apply(const std::uint8_t* in, std::uint8_t* out, std::size_t pixels) const noexcept override {
    if (!rgba_) {
      for (std::size_t i = 0; i < pixels; ++i) out[i] = table_[in[i]];
      return;
    }
    for (std::size_t i = 0; i < pixels * 4; i += 4) {
      const std::uint8_t alpha = in[i + 3];
      out[i] = out[i + 1] = out[i + 2] = table_[in[i]];
      out[i + 3] = alpha;
    }
  }

 private:
  std::array<std::uint8_t, 256> table_;
  bool rgba_;
  bool identity_ = true;
};

/// Everything else goes through Little CMS.
class CmsTransform final : public ColourTransform {
 public:
  CmsTransform(ColourContext context, Transform transform, ProfileInput input)
      : context_(std::move(context)), transform_(std::move(transform)), input_(input) {
    identity_ = (input == ProfileInput::rgb || input == ProfileInput::rgba) && moves_nothing();
  }

  [[nodiscard]] bool is_identity() const noexcept override { return identity_; }

  void apply(const std::uint8_t* in, std::uint8_t* out, std::size_t pixels) const noexcept override {
    // Little CMS leaves alpha out; asked to copy it, it calls a function for each pixel.
    if (input_ == ProfileInput::rgba && in != out) {
      for (std::size_t i = 3; i < pixels * 4; i += 4) out[i] = in[i];
    }
    // It counts pixels in 32 bits; rows are far shorter.
    cmsDoTransform(transform_.get(), in, out, static_cast<cmsUInt32Number>(pixels));
  }

 private:
  /// Tries a grid of 17 x 17 x 17 colours.
  [[nodiscard]] bool moves_nothing() const {
    const std::size_t channels = input_ == ProfileInput::rgba ? 4 : 3;
    constexpr unsigned steps = 17;
    std::vector<std::uint8_t> row(steps * channels);
    std::vector<std::uint8_t> moved(row.size());
    for (unsigned i = 0; i < steps * steps; ++i) {
      for (unsigned red = 0; red < steps; ++red) {
        std::uint8_t* const pixel = row.data() + red * channels;
        pixel[0] = static_cast<std::uint8_t>(red * 255 / (steps - 1));
        pixel[1] = static_cast<std::uint8_t>(i % steps * 255 / (steps - 1));
        pixel[2] = static_cast<std::uint8_t>(i / steps * 255 / (steps - 1));
      }
      apply(row.data(), moved.data(), steps);
      for (std::size_t at = 0; at < row.size(); ++at) {
        const int distance = static_cast<int>(moved[at]) - static_cast<int>(row[at]);
        if (distance < -1 || distance > 1) return false;
      }
    }
    return true;
  }

  ColourContext context_;  // outlives the transform
  Transform transform_;
  ProfileInput input_;
  bool identity_ = false;
};

/// Light of red, green and blue in sRGB, 0 to `light_one` within what it can show. Integers, so that every CPU gives
/// the same.
using Light = std::array<std::int32_t, 3>;
constexpr std::int32_t light_one = 1 << 20;

/// Far beyond what can be shown lies nothing, nor in what is no number, as a damaged profile may give.
std::int32_t light_of(float share) noexcept {
  return static_cast<std::int32_t>(std::lround(std::min(std::max(-8.0F, share), 8.0F) * light_one));
}

/// From light in steps of 1/65,536 to the nearest of sRGB's 8 bits (IEC 61966-2-1).
class LightTable {
 public:
  LightTable() : nearest_(light_one / step + 1, 255) {
    auto place = nearest_.begin();
    for (unsigned sample = 0; sample < 255; ++sample) {
      const double edge = (sample + 0.5) / 255;
      const double light = edge <= 0.04045 ? edge / 12.92 : std::pow((edge + 0.055) / 1.055, 2.4);
      const auto end = nearest_.begin() + static_cast<std::ptrdiff_t>(std::ceil(light * light_one / step));
      std::fill(place, end, static_cast<std::uint8_t>(sample));
      place = end;
    }
  }

  [[nodiscard]] std::uint8_t nearest(std::int32_t light) const noexcept {
    return nearest_[static_cast<std::size_t>((std::clamp(light, 0, light_one) + step / 2) / step)];
  }

 private:
  static constexpr std::int32_t step = 16;

  std::vector<std::uint8_t> nearest_;
};

/// Curves and a matrix in numbers of our own: Little CMS takes half a microsecond for a pixel of 16 bits, or makes of
/// all a table whose steps are too coarse for what is dark.
class DeepTransform final : public ColourTransform {
 public:
  /// Input: a transform from samples to light, all of them floats, in which each channel adds its own.
  DeepTransform(cmsHTRANSFORM to_light, ProfileInput input)
      : grey_(input == ProfileInput::grey || input == ProfileInput::grey_as_rgba),
        alpha_(input == ProfileInput::rgba || input == ProfileInput::grey_as_rgba) {
    const std::size_t channels = grey_ ? 1 : 3;
    for (std::size_t channel = 0; channel < channels; ++channel) {
      std::vector<float> samples((steps + 1) * channels);
      for (unsigned i = 0; i <= steps; ++i) samples[i * channels + channel] = static_cast<float>(i) / steps;
      std::vector<Light>& added = added_.emplace_back(steps + 2);  // the last is never seen
      std::vector<std::array<float, 3>> lights(steps + 2);
      cmsDoTransform(to_light, samples.data(), lights.data(), steps + 1);
      std::ranges::transform(lights.front(), black_.begin(), light_of);
      for (std::size_t place = 0; place < lights.size(); ++place) {
        for (std::size_t i = 0; i < 3; ++i) added[place][i] = light_of(lights[place][i]) - black_[i];
      }
    }
  }

  [[nodiscard]] bool is_identity() const noexcept override { return false; }

  void apply(const std::uint8_t* in, std::uint8_t* out, std::size_t pixels) const noexcept override {
    const std::size_t colours = grey_ && !alpha_ ? 1 : 3;
    const std::size_t stored = alpha_ ? 4 : colours;
    for (; pixels > 0; --pixels, in += 2 * stored, out += stored) {
      Light light = black_;
      for (std::size_t channel = 0; channel < added_.size(); ++channel) add(channel, in + 2 * channel, light);
      if (grey_) light.fill(light[1]);
      for (std::size_t i = 0; i < colours; ++i) out[i] = table_.nearest(light[i]);
      if (alpha_) out[3] = static_cast<std::uint8_t>(((in[6] << 8 | in[7]) * 255 + 32'895) >> 16);  // as libpng does
    }
  }

 private:
  static constexpr unsigned steps = 4'096;  // between which light is straight

  /// Adds what a channel's sample does.
  void add(std::size_t channel, const std::uint8_t* sample, Light& light) const noexcept {
    const unsigned stored = static_cast<unsigned>(sample[0]) << 8 | sample[1];
    const unsigned place = stored + (stored >> 15);  // of 65,536
    const Light* const lower = &added_[channel][place / 16];
    const auto share = static_cast<std::int32_t>(place % 16);
    for (std::size_t i = 0; i < 3; ++i) light[i] += lower[0][i] + (lower[1][i] - lower[0][i]) * share / 16;
  }

  bool grey_;
  bool alpha_;
  std::vector<std::vector<Light>> added_;  ///< by each channel, beyond black
  Light black_{};
  LightTable table_;
};

/// The primaries of sRGB, without its curve.
Profile make_light_profile(const ColourContext& context) {
  const cmsCIExyY white{0.3127, 0.3290, 1.0};
  const cmsCIExyYTRIPLE primaries{{0.64, 0.33, 1.0}, {0.30, 0.60, 1.0}, {0.15, 0.06, 1.0}};
  cmsToneCurve* const straight = cmsBuildGamma(context.get(), 1.0);
  if (straight == nullptr) throw std::bad_alloc();
  cmsToneCurve* const curves[3] = {straight, straight, straight};
  Profile profile(cmsCreateRGBProfileTHR(context.get(), &white, &primaries, curves));
  cmsFreeToneCurve(straight);
  if (!profile) throw std::bad_alloc();
  return profile;
}

/// Opens a profile that can be applied to such samples; null for any other.
Profile open_profile(const ColourContext& context, BytesView profile, cmsColorSpaceSignature space) {
  if (profile.size() > std::numeric_limits<cmsUInt32Number>::max()) return nullptr;
  const Bytes needed = without_needless_tags(profile);
  if (needed.empty()) return nullptr;
  cmsSetLogErrorHandlerTHR(context.get(), [](cmsContext, cmsUInt32Number, const char*) {});
  Profile source(cmsOpenProfileFromMemTHR(context.get(), needed.data(), static_cast<cmsUInt32Number>(needed.size())));
  if (!source || cmsGetColorSpace(source.get()) != space || !describes_colours(source.get())) return nullptr;
  return source;
}

bool is_grey(ProfileInput input) noexcept { return input == ProfileInput::grey || input == ProfileInput::grey_as_rgba; }

/// Null where Little CMS can not apply the profile.
std::unique_ptr<ColourTransform> make_by_light(const ColourContext& context, const Profile& source,
                                               ProfileInput input) {
  const Profile target = make_light_profile(context);
  const Transform to_light(cmsCreateTransformTHR(context.get(), source.get(),
                                                 is_grey(input) ? TYPE_GRAY_FLT : TYPE_RGB_FLT, target.get(),
                                                 TYPE_RGB_FLT, INTENT_PERCEPTUAL, cmsFLAGS_NOOPTIMIZE));
  if (!to_light) return nullptr;
  return std::make_unique<DeepTransform>(to_light.get(), input);
}

/// Little CMS's own way from 8 bits of grey to 8 of sRGB has steps too coarse for what is dark.
std::unique_ptr<ColourTransform> make_grey_table(const ColourContext& context, const Profile& source,
                                                 ProfileInput input) {
  const std::unique_ptr<ColourTransform> deep = make_by_light(context, source, ProfileInput::grey);
  if (!deep) return nullptr;
  std::array<std::uint8_t, 256> table{};
  for (unsigned i = 0; i < table.size(); ++i) {
    const auto level = static_cast<std::uint8_t>(i);
    const std::array<std::uint8_t, 2> sample{level, level};
    deep->apply(sample.data(), &table[i], 1);
  }
  return std::make_unique<GreyTable>(table, input);
}

}  // namespace

std::unique_ptr<ColourTransform> make_colour_transform(BytesView profile, ProfileInput input) {
  ColourContext context(colour_memory_bytes_max);
  const Formats formats = formats_of(input);
  const Profile source = open_profile(context, profile, formats.space);
  if (!source) return nullptr;
  if (is_grey(input)) return make_grey_table(context, source, input);
  const Profile target(cmsCreate_sRGBProfileTHR(context.get()));
  if (!target) throw std::bad_alloc();
  Transform transform(
      cmsCreateTransformTHR(context.get(), source.get(), formats.in, target.get(), formats.out, INTENT_PERCEPTUAL, 0));
  if (!transform) return nullptr;
  return std::make_unique<CmsTransform>(std::move(context), std::move(transform), input);
}

std::unique_ptr<ColourTransform> make_deep_colour_transform(BytesView profile, ProfileInput input) {
  ColourContext context(colour_memory_bytes_max);
  const bool rgb = input == ProfileInput::rgb || input == ProfileInput::rgba;
  if (!is_grey(input) && !rgb) return nullptr;
  const Profile source = open_profile(context, profile, formats_of(input).space);
  if (!source || (rgb && cmsIsCLUT(source.get(), INTENT_PERCEPTUAL, LCMS_USED_AS_INPUT))) return nullptr;
  return make_by_light(context, source, input);
}

}  // namespace locket::codec
