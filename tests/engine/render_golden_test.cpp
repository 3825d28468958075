#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "crypto/sha256.hpp"
#include "decoded_png.hpp"
#include "house.hpp"

namespace locket {
namespace {

namespace files = std::filesystem;

// Every kind of PNG but those with a colour profile, whose conversion is the work of a library and changes with it.
constexpr std::array<std::string_view, 15> kinds{"c0d1i0.png", "c0d2i1.png",   "c0d4i0.png",  "c0d16i1.png",
                                                 "c2d8i0.png", "c2d8i1.png",   "c2d16i0.png", "c3d4i1.png",
                                                 "c3d8i0.png", "c4d16i0.png",  "c6d16i1.png", "c6d8i0.png",
                                                 "key.png",    "animated.png", "exif.png"};

files::path golden_folder() {
  const char* const folder = std::getenv("LOCKET_TEST_GOLDEN");
  return folder == nullptr ? "" : folder;
}

Bytes read_picture(std::string_view name) {
  std::ifstream file(golden_folder().parent_path() / "fuzz" / "corpus" / "png-reader" / name, std::ios::binary);
  std::ostringstream whole;  // which reads by the block, as an iterator does not
  whole << file.rdbuf();
  const BytesView bytes = as_bytes(whole.view());
  return {bytes.begin(), bytes.end()};
}

Recipe recipe_of(std::size_t number) {
  constexpr std::array fits{Fit::cover, Fit::contain, Fit::stretch};
  Recipe recipe;
  recipe.fit = fits[number % fits.size()];
  return recipe;
}

std::string digest_of(const Rendering& rendering) {
  Bytes both(rendering.small.view().begin(), rendering.small.view().end());
  both.insert(both.end(), rendering.large.view().begin(), rendering.large.view().end());
  std::ostringstream text;
  for (const std::uint8_t byte : crypto::sha256(both))
    text << "0123456789abcdef"[byte >> 4] << "0123456789abcdef"[byte & 15];
  return text.str();
}

/// The digests that were written down, by the picture's name.
std::map<std::string, std::string, std::less<>> written_down() {
  std::map<std::string, std::string, std::less<>> digests;
  std::ifstream file(golden_folder() / "renders.tsv");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name >> digests[name];
  }
  return digests;
}

void expect_pixels_only(const SharedBytes& png, PixelSize size) {
  const codec::DecodedPng read = codec::decode_with_libpng(png.view());
  EXPECT_EQ(read.size, size);
  EXPECT_TRUE(read.warnings.empty());
  const std::set<std::string> allowed{"IHDR", "PLTE", "tRNS", "IDAT", "IEND"};
  for (const std::string& name : codec::chunk_names(png.view())) EXPECT_TRUE(allowed.contains(name)) << name;
}

// Who changes what is rendered raises renderer_version and writes the digests down anew: a failure tells them.
TEST(RenderGolden, EveryCompilerAndCpuGivesTheBytesThatAreWrittenDown) {
  const auto digests = written_down();
  ASSERT_EQ(digests.size(), kinds.size()) << "LOCKET_TEST_GOLDEN must name the folder of renders.tsv";
  for (std::size_t number = 0; number < kinds.size(); ++number) {
    const auto rendering = render(read_picture(kinds[number]), recipe_of(number));
    ASSERT_TRUE(rendering) << kinds[number] << ": " << rendering.error().detail;
    const auto found = digests.find(kinds[number]);
    ASSERT_NE(found, digests.end()) << kinds[number];
    EXPECT_EQ(digest_of(*rendering), found->second) << kinds[number];
  }
}

// Texts, EXIF, a colour profile, an animation and what stands behind the end.
TEST(RenderGolden, NothingOfAnUploadButItsPixelsIsStored) {
  for (const std::string_view name : {"exif.png", "profile.png", "animated.png", "transparent.png"}) {
    SCOPED_TRACE(name);
    Bytes upload = read_picture(name);
    const BytesView tail = as_bytes("<script>canary-behind-the-end</script>");
    upload.insert(upload.end(), tail.begin(), tail.end());
    const auto rendering = render(upload);
    ASSERT_TRUE(rendering) << rendering.error().detail;
    expect_pixels_only(rendering->small, small_size);
    expect_pixels_only(rendering->large, large_size);
    EXPECT_EQ(as_text(rendering->large.view()).find("canary"), std::string_view::npos);
  }
}

}  // namespace
}  // namespace locket
