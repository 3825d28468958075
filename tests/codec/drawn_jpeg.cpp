#include "drawn_jpeg.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>

#include "jpeg_judge.hpp"

namespace locket::codec {

Image drawn_image(PixelSize size, RowFormat format, std::mt19937& random) {
  Image image{.size = size, .format = format, .samples = {}};
  const std::uint32_t channels = channels_of(format);
  image.samples.resize(image.row_bytes() * size.height_px);
  const std::uint32_t noise = random() % 3 == 0 ? 255 : 3;
  for (std::uint32_t y = 0; y < size.height_px; ++y) {
    for (std::uint32_t x = 0; x < size.width_px * channels; ++x) {
      const std::uint32_t pixel = x / channels;
      const bool line = (pixel + y) % 37 == 0 || pixel % 29 == 0;
      const bool noisy = (pixel / 16 + y / 16) % 3 == 0;
      const std::uint32_t area = 40 + (pixel / 24 * 31 + y / 24 * 57 + x % channels * 90) % 180;
      const std::uint32_t value = line ? x % channels * 120 : area + (noisy ? random() & noise : 0);
      image.samples[y * image.row_bytes() + x] = static_cast<std::uint8_t>(value);
    }
  }
  return image;
}

void expect_same_pixels(BytesView file, const std::string& name) {
  const std::optional<JpegVerdicts> verdicts = judge_jpeg(file);
  ASSERT_TRUE(verdicts) << name;
  ASSERT_TRUE(verdicts->judged) << name << ": " << verdicts->judged.error().detail;
  ASSERT_TRUE(verdicts->streamed) << name << ": " << verdicts->streamed.error().detail;
  EXPECT_TRUE(*verdicts->streamed == *verdicts->judged) << name;
  ASSERT_TRUE(verdicts->plain) << name;
  EXPECT_TRUE(*verdicts->plain == *verdicts->judged) << name << ", plain kernel";
}

Bytes damaged_behind(const Bytes& file, std::size_t place, std::mt19937& random) {
  Bytes other = file;
  for (std::uint32_t changes = 1 + random() % 3; changes > 0; --changes) {
    const auto at = static_cast<std::ptrdiff_t>(place + random() % (other.size() - 2 - place));
    switch (random() % 4) {
      case 0: other.erase(other.begin() + at); break;
      case 1: other.insert(other.begin() + at, std::byte{static_cast<std::uint8_t>(random())}); break;
      case 2: other[static_cast<std::size_t>(at)] ^= std::byte{static_cast<std::uint8_t>(1U << random() % 8)}; break;
      default: other[static_cast<std::size_t>(at)] = std::byte{static_cast<std::uint8_t>(random())}; break;
    }
  }
  return other;
}

}  // namespace locket::codec
