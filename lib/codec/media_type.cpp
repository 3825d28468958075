#include <algorithm>
#include <array>

#include "locket/picture.hpp"

namespace locket {
namespace {

constexpr std::array<std::uint8_t, 8> png_signature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr std::array<std::uint8_t, 3> jpeg_start{0xFF, 0xD8, 0xFF};

bool starts_with(BytesView bytes, std::span<const std::uint8_t> prefix) noexcept {
  return bytes.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
}

}  // namespace

std::optional<MediaType> sniff_media_type(BytesView upload) noexcept {
  if (starts_with(upload, png_signature)) return MediaType::png;
  if (starts_with(upload, jpeg_start)) return MediaType::jpeg;
  return std::nullopt;
}

}  // namespace locket
