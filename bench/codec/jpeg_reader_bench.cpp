#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdio>
// jpeglib.h needs size_t and FILE to be there.
#include <jpeglib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "codec/row_reader.hpp"

// Decodes each JPEG of a folder (LOCKET_BENCH_PICTURES) as ours does, with every proof and the colour profile, beside
// bare libjpeg-turbo at full size and reduced to a half and a quarter, which is what the rivals do. Only the ratio of
// two lines of one run means something; --benchmark_enable_random_interleaving=true takes them in turn.

namespace locket::codec {
namespace {

struct Picture {
  std::string name;
  Bytes file;
};

void tell(benchmark::State& state, std::size_t pixels) { state.counters["pixels"] = static_cast<double>(pixels); }

void ours(benchmark::State& state, const Picture& picture) {
  Limits limits;
  limits.picture_bytes_max = 100'000'000;
  std::size_t rows = 0;
  PixelSize size;
  for ([[maybe_unused]] const auto iteration : state) {
    const auto reader = open_picture(picture.file, limits);
    if (!reader) return state.SkipWithError("refused");
    size = (*reader)->header().facts.size;
    for (rows = 0;;) {
      const Result<RowBatch> batch = (*reader)->next_rows();
      if (!batch) return state.SkipWithError("refused");
      if (batch->rows == 0) break;
      benchmark::DoNotOptimize(batch->first);
      rows += batch->rows;
    }
  }
  tell(state, rows * size.width_px);
}

void libjpeg(benchmark::State& state, const Picture& picture, unsigned divisor) {
  std::size_t pixels = 0;
  for ([[maybe_unused]] const auto iteration : state) {
    jpeg_decompress_struct jpeg{};
    jpeg_error_mgr errors{};
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&jpeg);
    jpeg_mem_src(&jpeg, reinterpret_cast<const unsigned char*>(picture.file.data()), picture.file.size());
    jpeg_read_header(&jpeg, TRUE);
    jpeg.scale_num = 1;
    jpeg.scale_denom = divisor;
    jpeg_start_decompress(&jpeg);
    std::vector<JSAMPLE> row(std::size_t{jpeg.output_width} * static_cast<std::size_t>(jpeg.output_components));
    while (jpeg.output_scanline < jpeg.output_height) {
      JSAMPROW line = row.data();
      jpeg_read_scanlines(&jpeg, &line, 1);
      benchmark::DoNotOptimize(row.data());
    }
    pixels = std::size_t{jpeg.output_width} * jpeg.output_height;
    jpeg_finish_decompress(&jpeg);
    jpeg_destroy_decompress(&jpeg);
  }
  tell(state, pixels);
}

std::vector<std::unique_ptr<Picture>> pictures_of(const std::filesystem::path& folder) {
  std::vector<std::unique_ptr<Picture>> pictures;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream stream(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    const BytesView view = as_bytes(text);
    auto picture = std::make_unique<Picture>(Picture{entry.path().stem().string(), {view.begin(), view.end()}});
    if (sniff_media_type(picture->file) == MediaType::jpeg) pictures.push_back(std::move(picture));
  }
  std::sort(pictures.begin(), pictures.end(), [](const auto& a, const auto& b) { return a->name < b->name; });
  return pictures;
}

void register_benches(const Picture& picture) {
  const auto add = [&picture](const char* stage, auto bench, auto... settings) {
    benchmark::RegisterBenchmark((picture.name + stage).c_str(), [&picture, bench,
                                                                  settings...](benchmark::State& state) {
      bench(state, picture, settings...);
    })->Unit(benchmark::kMillisecond);
  };
  add("/ours", ours);
  add("/libjpeg", libjpeg, 1U);
  add("/libjpeg_half", libjpeg, 2U);
  add("/libjpeg_quarter", libjpeg, 4U);
}

}  // namespace
}  // namespace locket::codec

int main(int count, char** values) {
  benchmark::Initialize(&count, values);
  const char* const folder = std::getenv("LOCKET_BENCH_PICTURES");
  if (folder == nullptr) return 2;
  const auto pictures = locket::codec::pictures_of(folder);
  for (const auto& picture : pictures) locket::codec::register_benches(*picture);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
