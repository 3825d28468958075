#include <lcms2.h>

#include <array>
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
    case ProfileInput::grey_as_rgba: return {cmsSigGrayData, TYPE_GRAY_8, TYPE_RGB_8};
    case ProfileInput::rgba: return {cmsSigRgbData, TYPE_RGBA_8, TYPE_RGBA_8};
    case ProfileInput::cmyk: return {cmsSigCmykData, TYPE_CMYK_8, TYPE_RGB_8};
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

}  // namespace

std::unique_ptr<ColourTransform> make_colour_transform(BytesView profile, ProfileInput input) {
  if (profile.size() > std::numeric_limits<cmsUInt32Number>::max()) return nullptr;
  const Bytes needed = without_needless_tags(profile);
  if (needed.empty()) return nullptr;
  ColourContext context(colour_memory_bytes_max);
  cmsSetLogErrorHandlerTHR(context.get(), [](cmsContext, cmsUInt32Number, const char*) {});
  const Formats formats = formats_of(input);
  const Profile source(
      cmsOpenProfileFromMemTHR(context.get(), needed.data(), static_cast<cmsUInt32Number>(needed.size())));
  if (!source || cmsGetColorSpace(source.get()) != formats.space || !describes_colours(source.get())) return nullptr;
  const Profile target(cmsCreate_sRGBProfileTHR(context.get()));
  if (!target) throw std::bad_alloc();
  Transform transform(
      cmsCreateTransformTHR(context.get(), source.get(), formats.in, target.get(), formats.out, INTENT_PERCEPTUAL, 0));
  if (!transform) return nullptr;
  if (input != ProfileInput::grey && input != ProfileInput::grey_as_rgba) {
    return std::make_unique<CmsTransform>(std::move(context), std::move(transform), input);
  }
  std::array<std::uint8_t, 256> table{};
  for (unsigned i = 0; i < table.size(); ++i) {
    const auto grey = static_cast<std::uint8_t>(i);
    std::array<std::uint8_t, 3> colour{};
    cmsDoTransform(transform.get(), &grey, colour.data(), 1);
    table[i] = colour[1];
  }
  return std::make_unique<GreyTable>(table, input);
}

}  // namespace locket::codec
