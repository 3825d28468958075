#include <benchmark/benchmark.h>
#include <libdeflate.h>
#include <png.h>
#include <zlib.h>

#include <algorithm>
#include <csetjmp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "codec/packed_rows.hpp"
#include "codec/png_writer.hpp"
#include "codec/row_reader.hpp"
#include "codec/zlib_writer.hpp"

// Writes each picture of a folder (LOCKET_BENCH_PICTURES, best the output of `locket render`) by stages, ours beside
// libdeflate 1, zlib 6 and libpng 6 without filters. Only the ratio of two lines of one run means something;
// --benchmark_enable_random_interleaving=true takes them in turn. The counter `out` tells the bytes that were made.

namespace locket::codec {
namespace {

struct Picture {
  std::string name;
  Image image;
  PixelLayout layout = PixelLayout::rgb;
  std::vector<std::uint8_t> plain;     ///< packed rows, each behind a filter byte
  std::vector<std::uint8_t> filtered;  ///< the same, filtered

  [[nodiscard]] std::uint32_t row_bytes() const { return 1 + image.size.width_px * pixel_bytes_of(layout); }
};

void tell(benchmark::State& state, const Picture& picture, std::size_t out_bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(picture.filtered.size()) * state.iterations());
  state.counters["out"] = static_cast<double>(out_bytes);
}

void filter_rows(const Picture& picture, FilterKernel kernel, std::vector<std::uint8_t>& out) {
  PackedRows rows(picture.image, picture.layout);
  out.resize(std::size_t{picture.row_bytes()} * picture.image.size.height_px + filter_margin_bytes);
  for (std::uint32_t y = 0; y < picture.image.size.height_px; ++y) {
    kernel(rows.row(y), out.data() + std::size_t{y} * picture.row_bytes());
  }
}

void filter_bench(benchmark::State& state, const Picture& picture, Kernel kernel) {
  std::vector<std::uint8_t> out;
  for ([[maybe_unused]] const auto iteration : state) filter_rows(picture, filter_kernel(kernel), out);
  tell(state, picture, out.size());
}

void deflate_bench(benchmark::State& state, const Picture& picture, MatchSearch search) {
  const bool filtered = search == MatchSearch::hasty;
  Bytes out;
  for ([[maybe_unused]] const auto iteration : state) {
    out.clear();
    ZlibWriter writer(
        {.row_bytes = picture.row_bytes(), .pixel_bytes = pixel_bytes_of(picture.layout), .search = search}, out);
    const std::vector<std::uint8_t>& rows = filtered ? picture.filtered : picture.plain;
    for (std::size_t at = 0; at + picture.row_bytes() <= rows.size(); at += picture.row_bytes()) {
      std::memcpy(writer.place_for(picture.row_bytes()), rows.data() + at, picture.row_bytes());
      writer.take(picture.row_bytes());
    }
    writer.finish();
  }
  tell(state, picture, out.size());
}

void libdeflate_bench(benchmark::State& state, const Picture& picture, bool filtered) {
  libdeflate_compressor* const compressor = libdeflate_alloc_compressor(1);
  const std::vector<std::uint8_t>& raw = filtered ? picture.filtered : picture.plain;
  std::vector<std::uint8_t> out(libdeflate_zlib_compress_bound(compressor, raw.size()));
  std::size_t bytes = 0;
  for ([[maybe_unused]] const auto iteration : state) {
    bytes = libdeflate_zlib_compress(compressor, raw.data(), raw.size(), out.data(), out.size());
  }
  libdeflate_free_compressor(compressor);
  tell(state, picture, bytes);
}

void zlib_bench(benchmark::State& state, const Picture& picture) {
  std::vector<std::uint8_t> out(compressBound(picture.plain.size()));
  uLongf bytes = 0;
  for ([[maybe_unused]] const auto iteration : state) {
    bytes = out.size();
    compress2(out.data(), &bytes, picture.plain.data(), picture.plain.size(), 6);
  }
  tell(state, picture, bytes);
}

/// What libpng writes at its defaults but for the filters, which are off: what sharp and libvips do.
void write_with_libpng(const Picture& picture, std::vector<std::uint8_t>& out) {
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  if (setjmp(png_jmpbuf(png)) != 0) std::abort();
  out.clear();
  png_set_write_fn(
      png, &out,
      [](png_structp writer, png_bytep data, std::size_t count) {
        auto& bytes = *static_cast<std::vector<std::uint8_t>*>(png_get_io_ptr(writer));
        bytes.insert(bytes.end(), data, data + count);
      },
      nullptr);
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);
  png_set_compression_level(png, 6);
  png_set_IHDR(png, info, picture.image.size.width_px, picture.image.size.height_px, 8,
               static_cast<int>(picture.layout), PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  for (std::uint32_t y = 0; y < picture.image.size.height_px; ++y) {
    png_write_row(png, picture.plain.data() + std::size_t{y} * picture.row_bytes() + 1);
  }
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
}

void libpng_bench(benchmark::State& state, const Picture& picture) {
  std::vector<std::uint8_t> out;
  for ([[maybe_unused]] const auto iteration : state) write_with_libpng(picture, out);
  tell(state, picture, out.size());
}

void whole_bench(benchmark::State& state, const Picture& picture, Effort effort) {
  std::size_t bytes = 0;
  for ([[maybe_unused]] const auto iteration : state) bytes = write_png(picture.image, effort).value().size();
  tell(state, picture, bytes);
}

std::unique_ptr<Picture> read_picture(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const auto reader = open_picture(as_bytes(text), {});
  if (!reader) return nullptr;
  auto picture = std::make_unique<Picture>();
  picture->name = path.stem().string();
  picture->image = {(*reader)->header().facts.size, (*reader)->header().format, {}};
  const std::size_t row_bytes = picture->image.row_bytes();
  for (;;) {
    const Result<RowBatch> batch = (*reader)->next_rows();
    if (!batch) return nullptr;
    if (batch->rows == 0) break;
    for (std::uint32_t y = 0; y < batch->rows; ++y) {
      const std::uint8_t* const row = batch->first + y * batch->stride_bytes;
      picture->image.samples.insert(picture->image.samples.end(), row, row + row_bytes);
    }
  }
  picture->layout = smallest_layout(picture->image);
  filter_rows(*picture, filter_kernel(Kernel::automatic), picture->filtered);
  picture->filtered.resize(picture->filtered.size() - filter_margin_bytes);
  PackedRows rows(picture->image, picture->layout);
  for (std::uint32_t y = 0; y < picture->image.size.height_px; ++y) {
    const FilterInput input = rows.row(y);
    picture->plain.push_back(0);
    picture->plain.insert(picture->plain.end(), input.row, input.row + input.row_bytes);
  }
  return picture;
}

void register_benches(const Picture& picture) {
  const auto add = [&picture](const char* stage, auto bench, auto... settings) {
    benchmark::RegisterBenchmark((picture.name + stage).c_str(), [&picture, bench,
                                                                  settings...](benchmark::State& state) {
      bench(state, picture, settings...);
    })->Unit(benchmark::kMillisecond);
  };
  add("/filter/plain", filter_bench, Kernel::plain);
  add("/filter/ours", filter_bench, Kernel::automatic);
  add("/deflate_filtered/ours", deflate_bench, MatchSearch::hasty);
  add("/deflate_filtered/libdeflate_1", libdeflate_bench, true);
  add("/deflate_plain/ours", deflate_bench, MatchSearch::pixels);
  add("/deflate_plain/ours_bytes", deflate_bench, MatchSearch::bytes);
  add("/deflate_plain/libdeflate_1", libdeflate_bench, false);
  add("/deflate_plain/zlib_6", zlib_bench);
  add("/whole/ours", whole_bench, Effort::fast);
  add("/whole/ours_small", whole_bench, Effort::small);
  add("/whole/libpng_6_no_filter", libpng_bench);
}

}  // namespace
}  // namespace locket::codec

int main(int count, char** values) {
  benchmark::Initialize(&count, values);
  const char* const folder = std::getenv("LOCKET_BENCH_PICTURES");
  if (folder == nullptr) return 2;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::unique_ptr<locket::codec::Picture>> pictures;
  for (const auto& path : paths) {
    auto picture = locket::codec::read_picture(path);
    if (picture == nullptr) continue;
    locket::codec::register_benches(*picture);
    pictures.push_back(std::move(picture));
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
