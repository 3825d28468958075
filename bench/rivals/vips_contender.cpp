// libvips as its users call it: the thumbnail operation, without cache, on one thread; the small picture comes from the
// large one, and both are written with the defaults of pngsave.
#include <vips/vips.h>

#include <cstring>
#include <iostream>
#include <memory>

#include "contender.hpp"

namespace {

struct Unref {
  void operator()(VipsImage* image) const { g_object_unref(image); }
};
using Image = std::unique_ptr<VipsImage, Unref>;

/// A PNG in memory that libvips allocated.
class VipsPng {
 public:
  VipsPng() = default;
  VipsPng(const VipsPng&) = delete;
  VipsPng& operator=(const VipsPng&) = delete;
  ~VipsPng() { g_free(data_); }

  bool write(VipsImage* image) {
    g_free(data_);
    data_ = nullptr;
    size_bytes_ = 0;
    return vips_pngsave_buffer(image, &data_, &size_bytes_, nullptr) == 0;
  }

  [[nodiscard]] std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(data_), size_bytes_}; }

 private:
  void* data_ = nullptr;
  std::size_t size_bytes_ = 0;
};

class VipsContender final : public bench::Contender {
 public:
  explicit VipsContender(bool linear) : linear_(linear ? TRUE : FALSE) {}

  std::expected<bench::Pngs, std::string> render(std::span<const std::byte> upload) override {
    VipsImage* made = nullptr;
    // The call does not write to the bytes; its parameter is not const for historical reasons.
    void* data = const_cast<std::byte*>(upload.data());
    if (vips_thumbnail_buffer(data, upload.size(), &made, 800, "height", 500, "size", VIPS_SIZE_FORCE, "linear",
                              linear_, nullptr) != 0)
      return failure();
    const Image lazy(made);
    // Both PNGs are made from it: without a copy in memory, the picture would be decoded and reduced twice.
    const Image large(vips_image_copy_memory(lazy.get()));
    if (!large) return failure();
    if (vips_thumbnail_image(large.get(), &made, 400, "height", 250, "size", VIPS_SIZE_FORCE, "linear", linear_,
                             nullptr) != 0)
      return failure();
    const Image small(made);
    if (!large_png_.write(large.get()) || !small_png_.write(small.get())) return failure();
    return bench::Pngs{small_png_.bytes(), large_png_.bytes()};
  }

 private:
  static std::unexpected<std::string> failure() {
    std::string reason = vips_error_buffer();
    vips_error_clear();
    return std::unexpected(std::move(reason));
  }

  gboolean linear_;
  VipsPng small_png_;
  VipsPng large_png_;
};

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count == 2 && std::strcmp(arguments[1], "version") == 0) {
    std::cout << vips_version_string() << '\n';
    return 0;
  }
  const bool linear = argument_count == 2 && std::strcmp(arguments[1], "linear") == 0;
  if (argument_count != 1 && !linear) {
    std::cerr << "usage: vips-contender [linear|version]\n";
    return 2;
  }
  if (VIPS_INIT(arguments[0]) != 0) return 1;
  vips_concurrency_set(1);
  vips_cache_set_max(0);
  int exit_code = 0;
  {
    VipsContender contender(linear);
    exit_code = bench::serve(contender);
  }
  vips_shutdown();
  return exit_code;
}
