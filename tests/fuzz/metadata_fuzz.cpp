#include <array>

#include "codec/exif_orientation.hpp"
#include "codec/icc_profile.hpp"
#include "fuzz_target.hpp"

namespace locket::fuzz {
namespace {

constexpr std::size_t pixels = 64;

void apply_profile(BytesView profile, codec::ProfileInput input) {
  const auto transform = codec::make_colour_transform(profile, input);
  if (!transform) return;
  static_cast<void>(transform->is_identity());
  std::array<std::uint8_t, pixels * 4> in{};
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<std::uint8_t>(i * 37);
  std::array<std::uint8_t, pixels * 4> once{};
  std::array<std::uint8_t, pixels * 4> twice{};
  transform->apply(in.data(), once.data(), pixels);
  transform->apply(in.data(), twice.data(), pixels);
  demand(once == twice, "a transform gives the same every time");
}

}  // namespace

void feed_metadata(BytesView input) {
  const std::uint8_t orientation = codec::read_exif_orientation(input);
  demand(orientation >= 1 && orientation <= 8, "an orientation is one of eight");
  Limits limits;
  limits.icc_profile_bytes_max = 100'000;
  const auto inflated = codec::inflate_png_profile(input, limits);
  demand(!inflated || inflated->size() <= limits.icc_profile_bytes_max, "the limit of profiles is kept");
  InputReader reader(input);
  const auto kind = static_cast<codec::ProfileInput>(reader.take_byte() % 6);
  apply_profile(reader.rest(), kind);
  if (inflated) apply_profile(*inflated, kind);
}

}  // namespace locket::fuzz
