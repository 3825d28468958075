#include <benchmark/benchmark.h>
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#include <stb/stb_image_resize.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "raster/resizer.hpp"

// Makes both sizes of drawn pictures: ours (Lanczos-3 in linear light, both in one pass) beside stb_image_resize (its
// default filter, in linear light, the small one out of the large). Only the ratio of two lines of one run means
// something; --benchmark_enable_random_interleaving=true takes them in turn.

namespace locket::raster {
namespace {

constexpr std::uint32_t batch_rows = 16;

/// Flat areas, lines and noise; every fourth byte is alpha where there is one.
Image drawn(PixelSize size, RowFormat format, std::uint8_t alpha) {
  Image image{size, format, {}};
  image.samples.resize(image.row_bytes() * size.height_px);
  std::uint32_t noise = 1;
  for (std::size_t at = 0; at < image.samples.size(); ++at) {
    noise = noise * 1'664'525 + 1'013'904'223;
    const bool rough = at / image.row_bytes() / 64 % 2 == 0;
    image.samples[at] =
        rough ? static_cast<std::uint8_t>(noise >> 24) : static_cast<std::uint8_t>(at % 97 < 3 ? 0 : 230);
    if (format == RowFormat::rgba && at % 4 == 3) image.samples[at] = alpha;
  }
  return image;
}

void tell(benchmark::State& state, const Image& source) {
  state.SetBytesProcessed(static_cast<std::int64_t>(source.samples.size()) * state.iterations());
}

void ours(benchmark::State& state, const Image& source) {
  for ([[maybe_unused]] const auto iteration : state) {
    const auto resizer = make_resizer({source.size, source.format, 1}, {.fit = Fit::stretch}).value();
    for (std::uint32_t y = 0; y < source.size.height_px; y += batch_rows) {
      const RowBatch batch{source.row(y).data(), source.row_bytes(), std::min(batch_rows, source.size.height_px - y)};
      if (!resizer->push(batch)) state.SkipWithError("not taken");
    }
    benchmark::DoNotOptimize(resizer->finish());
  }
  tell(state, source);
}

bool stb_resize(const Image& from, Image& to) {
  const auto px = [](std::uint32_t side) { return static_cast<int>(side); };
  const auto channels = static_cast<int>(channels_of(from.format));
  return stbir_resize_uint8_generic(from.samples.data(), px(from.size.width_px), px(from.size.height_px), 0,
                                    to.samples.data(), px(to.size.width_px), px(to.size.height_px), 0, channels,
                                    channels == 4 ? 3 : STBIR_ALPHA_CHANNEL_NONE, 0, STBIR_EDGE_CLAMP,
                                    STBIR_FILTER_DEFAULT, STBIR_COLORSPACE_LINEAR, nullptr) != 0;
}

void stb(benchmark::State& state, const Image& source) {
  for ([[maybe_unused]] const auto iteration : state) {
    Image large{large_size, source.format, {}};
    Image small{small_size, source.format, {}};
    for (Image* image : {&large, &small}) image->samples.resize(image->row_bytes() * image->size.height_px);
    if (!stb_resize(source, large) || !stb_resize(large, small)) state.SkipWithError("not resized");
    benchmark::DoNotOptimize(small);
  }
  tell(state, source);
}

constexpr PixelSize full_hd{1920, 1080};
constexpr PixelSize ultra_hd{3840, 2160};

struct Case {
  const char* name;
  PixelSize size;
  RowFormat format;
  std::uint8_t alpha;
};
constexpr Case cases[] = {{"grey_1080p", full_hd, RowFormat::grey, 255},
                          {"rgb_1080p", full_hd, RowFormat::rgb, 255},
                          {"rgba_1080p_opaque", full_hd, RowFormat::rgba, 255},
                          {"rgba_1080p_translucent", full_hd, RowFormat::rgba, 128},
                          {"rgb_4k", ultra_hd, RowFormat::rgb, 255},
                          {"rgba_4k_opaque", ultra_hd, RowFormat::rgba, 255}};

void register_benches() {
  for (const Case& one : cases) {
    const auto add = [&one](const char* who, auto bench) {
      benchmark::RegisterBenchmark((std::string(one.name) + who).c_str(), [&one, bench](benchmark::State& state) {
        bench(state, drawn(one.size, one.format, one.alpha));
      })->Unit(benchmark::kMillisecond);
    };
    add("/ours", ours);
    add("/stb", stb);
  }
}

}  // namespace
}  // namespace locket::raster

int main(int count, char** values) {
  benchmark::Initialize(&count, values);
  locket::raster::register_benches();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
