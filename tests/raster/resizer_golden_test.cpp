#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "crypto/sha256.hpp"
#include "kernel_sets.hpp"
#include "locket/picture.hpp"
#include "pictures.hpp"

namespace locket::raster {
namespace {

std::string hex(std::span<const std::uint8_t> bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text.push_back(digits[byte >> 4]);
    text.push_back(digits[byte & 15]);
  }
  return text;
}

/// Collects images and gives one digest of all their samples.
class Digest {
 public:
  void add(const Images& images) {
    for (const Image* image : {&images.small, &images.large}) {
      samples_.insert(samples_.end(), image->samples.begin(), image->samples.end());
      samples_.push_back(static_cast<std::uint8_t>(image->format));
    }
  }

  [[nodiscard]] std::string text() const { return hex(crypto::sha256(std::as_bytes(std::span(samples_)))); }

 private:
  std::vector<std::uint8_t> samples_;
};

RowFormat format_for(std::uint32_t number) {
  constexpr RowFormat formats[] = {RowFormat::grey, RowFormat::rgb, RowFormat::rgba};
  return formats[number % 3];
}

std::string digest_of_sizes() {
  Digest digest;
  for (const PixelSize size : {PixelSize{1920, 1080}, PixelSize{1001, 777}, PixelSize{500, 900}, PixelSize{3000, 1999},
                               PixelSize{799, 501}, PixelSize{401, 249}}) {
    digest.add(resize(draw(Subject::thin_lines, size, format_for(size.width_px))));
    digest.add(resize(draw(Subject::noise, size, format_for(size.height_px))));
  }
  return digest.text();
}

std::string digest_of_tiny_pictures() {
  Digest digest;
  for (std::uint32_t width = 1; width <= 64; ++width) {
    const std::uint32_t height = (width * 37 % 64) | 1;
    digest.add(resize(draw(Subject::noise, {width, height}, format_for(width))));
  }
  return digest.text();
}

std::string digest_of_filter(Filter filter) {
  Digest digest;
  for (const Fit fit : {Fit::cover, Fit::contain, Fit::stretch}) {
    const Image source = draw(Subject::blobs, {1203, 1051}, format_for(static_cast<std::uint32_t>(filter)));
    digest.add(resize(source, Recipe{fit, filter, Effort::fast, Colour{10, 20, 30, 200}}));
  }
  return digest.text();
}

std::string digest_of_orientations() {
  Digest digest;
  for (std::uint8_t orientation = 1; orientation <= 8; ++orientation) {
    digest.add(resize(draw(Subject::thin_lines, {1501, 903}, format_for(orientation)), {}, orientation));
  }
  return digest.text();
}

/// The digests that were written down, by name.
std::map<std::string, std::string> golden() {
  const char* folder = std::getenv("LOCKET_TEST_GOLDEN");
  std::map<std::string, std::string> digests;
  if (folder == nullptr) return digests;
  std::ifstream file(std::string(folder) + "/resizer.tsv");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name >> digests[name];
  }
  return digests;
}

void expect_golden() {
  auto digests = golden();
  if (digests.empty()) GTEST_SKIP() << "LOCKET_TEST_GOLDEN does not name the folder of resizer.tsv";
  EXPECT_EQ(digest_of_sizes(), digests["sizes"]);
  EXPECT_EQ(digest_of_tiny_pictures(), digests["tiny"]);
  EXPECT_EQ(digest_of_filter(Filter::lanczos3), digests["lanczos3"]);
  EXPECT_EQ(digest_of_filter(Filter::mitchell), digests["mitchell"]);
  EXPECT_EQ(digest_of_filter(Filter::catmull_rom), digests["catmull_rom"]);
  EXPECT_EQ(digest_of_filter(Filter::triangle), digests["triangle"]);
  EXPECT_EQ(digest_of_filter(Filter::box), digests["box"]);
  EXPECT_EQ(digest_of_orientations(), digests["orientations"]);
}

class ResizerGolden : public testing::TestWithParam<KernelSet> {};

TEST_P(ResizerGolden, IsTheSameOnEveryCpu) {
  const OnlyKernelSet only(GetParam());
  expect_golden();
}

INSTANTIATE_TEST_SUITE_P(Sets, ResizerGolden, testing::ValuesIn(vector_kernel_sets()),
                         [](const auto& set) { return set.param.name; });

}  // namespace
}  // namespace locket::raster
