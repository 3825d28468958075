#include "codec/exif_orientation.hpp"

#include <cstddef>

#include "codec/byte_order.hpp"

namespace locket::codec {
namespace {

constexpr std::size_t tiff_header_bytes = 8;
constexpr std::size_t entry_bytes = 12;
constexpr std::uint16_t tiff_mark = 42;
constexpr std::uint16_t orientation_tag = 274;
constexpr std::uint16_t short_type = 3;

/// Reads numbers in the byte order that the data states.
struct TiffNumbers {
  const std::uint8_t* data;
  bool little;

  [[nodiscard]] std::uint16_t u16(std::size_t at) const noexcept {
    return little ? load_le16(data + at) : load_be16(data + at);
  }
  [[nodiscard]] std::uint32_t u32(std::size_t at) const noexcept {
    return little ? load_le32(data + at) : load_be32(data + at);
  }
};

}  // namespace

std::uint8_t read_exif_orientation(BytesView exif) noexcept {
  if (exif.size() < tiff_header_bytes) return 1;
  const auto* const data = reinterpret_cast<const std::uint8_t*>(exif.data());
  const bool little = data[0] == 'I' && data[1] == 'I';
  if (!little && !(data[0] == 'M' && data[1] == 'M')) return 1;
  const TiffNumbers numbers{data, little};
  if (numbers.u16(2) != tiff_mark) return 1;

  const std::size_t directory = numbers.u32(4);
  if (directory < tiff_header_bytes || directory > exif.size() - 2) return 1;
  const std::size_t first = directory + 2;
  const std::size_t entries = numbers.u16(directory);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t at = first + i * entry_bytes;
    if (at + entry_bytes > exif.size()) return 1;
    if (numbers.u16(at) != orientation_tag) continue;
    if (numbers.u16(at + 2) != short_type || numbers.u32(at + 4) != 1) return 1;
    const std::uint16_t value = numbers.u16(at + 8);
    return value >= 1 && value <= 8 ? static_cast<std::uint8_t>(value) : std::uint8_t{1};
  }
  return 1;
}

}  // namespace locket::codec
