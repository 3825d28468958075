// Everything by the single-header libraries of stb: decode, resize (its default filters) and encode.
#include <cstring>
#include <iostream>
#include <memory>
#include <vector>

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image.h>
#include <stb/stb_image_resize.h>
#include <stb/stb_image_write.h>

#include "contender.hpp"

namespace {

struct Free {
  void operator()(stbi_uc* samples) const { stbi_image_free(samples); }
};

/// A picture in memory: rows without gaps.
struct Picture {
  int width_px;
  int height_px;
  int channels;
  const stbi_uc* samples;
};

bool resize(const Picture& from, int width_px, int height_px, std::vector<stbi_uc>& to) {
  to.resize(static_cast<std::size_t>(width_px) * static_cast<std::size_t>(height_px) *
            static_cast<std::size_t>(from.channels));
  const bool has_alpha = from.channels == 2 || from.channels == 4;
  return stbir_resize_uint8_generic(from.samples, from.width_px, from.height_px, 0, to.data(), width_px, height_px, 0,
                                    from.channels, has_alpha ? from.channels - 1 : STBIR_ALPHA_CHANNEL_NONE, 0,
                                    STBIR_EDGE_CLAMP, STBIR_FILTER_DEFAULT, STBIR_COLORSPACE_LINEAR, nullptr) != 0;
}

void append(void* context, void* data, int size_bytes) {
  auto& png = *static_cast<std::vector<std::byte>*>(context);
  const auto* bytes = static_cast<const std::byte*>(data);
  png.insert(png.end(), bytes, bytes + size_bytes);
}

bool encode(const Picture& picture, std::vector<std::byte>& png) {
  png.clear();
  return stbi_write_png_to_func(append, &png, picture.width_px, picture.height_px, picture.channels, picture.samples,
                                picture.width_px * picture.channels) != 0;
}

class StbContender final : public bench::Contender {
 public:
  std::expected<bench::Pngs, std::string> render(std::span<const std::byte> upload) override {
    Picture source{};
    const std::unique_ptr<stbi_uc, Free> decoded(
        stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(upload.data()), static_cast<int>(upload.size()),
                              &source.width_px, &source.height_px, &source.channels, 0));
    if (!decoded) return std::unexpected(std::string(stbi_failure_reason()));
    source.samples = decoded.get();
    if (!resize(source, 800, 500, large_)) return std::unexpected(std::string("not resized"));
    const Picture large{800, 500, source.channels, large_.data()};
    if (!resize(large, 400, 250, small_)) return std::unexpected(std::string("not resized"));
    const Picture small{400, 250, source.channels, small_.data()};
    if (!encode(large, large_png_) || !encode(small, small_png_)) return std::unexpected(std::string("not encoded"));
    return bench::Pngs{small_png_, large_png_};
  }

 private:
  std::vector<stbi_uc> large_;
  std::vector<stbi_uc> small_;
  std::vector<std::byte> large_png_;
  std::vector<std::byte> small_png_;
};

}  // namespace

int main() {
  StbContender contender;
  return bench::serve(contender);
}
