#include <benchmark/benchmark.h>
#include <libdeflate.h>
#include <png.h>
#ifdef LOCKET_BENCH_ISAL
#include <isa-l/igzip_lib.h>
#endif

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

#include "codec/png_decoder.hpp"
#include "codec/row_unfilter.hpp"
#include "codec/whole_byte_png_decoder.hpp"
#include "codec/zlib_stream.hpp"

// Decodes each 8-bit PNG of a folder (LOCKET_BENCH_PICTURES) with our own decoder and with libpng, and inflates it with
// our own stream, libdeflate and, where it is there, ISA-L. Only the ratio of two lines of one run means something;
// --benchmark_enable_random_interleaving=true takes them in turn.

namespace locket::codec {
namespace {

struct Picture {
  std::string name;
  Bytes file;
  PngLayout layout;
};

/// The file's rows by libpng as an application would read them: whole, with its own inflate and filters.
std::size_t read_with_libpng(const Picture& picture, std::vector<std::uint8_t>& pixels) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  if (setjmp(png_jmpbuf(png)) != 0) std::abort();  // the layout was proven, so libpng has nothing to refuse
  BytesView rest(picture.file);
  png_set_read_fn(png, &rest, [](png_structp reader, png_bytep out, std::size_t count) {
    auto& left = *static_cast<BytesView*>(png_get_io_ptr(reader));
    std::memcpy(out, left.data(), count);
    left = left.subspan(count);
  });
  png_read_info(png, info);
  const std::size_t row_bytes = png_get_rowbytes(png, info);
  pixels.resize(row_bytes * picture.layout.size.height_px);
  for (std::uint32_t y = 0; y < picture.layout.size.height_px; ++y) png_read_row(png, &pixels[y * row_bytes], nullptr);
  png_read_end(png, nullptr);
  png_destroy_read_struct(&png, &info, nullptr);
  return pixels.size();
}

std::size_t read_rows(Result<std::unique_ptr<PngDecoder>> decoder) {
  std::size_t rows = 0;
  for (;;) {
    const Result<RowBatch> batch = (*decoder)->next_rows();
    if (!batch || batch->rows == 0) return rows;
    benchmark::DoNotOptimize(batch->first);
    rows += batch->rows;
  }
}

void count_bytes(benchmark::State& state, const Picture& picture) {
  state.SetBytesProcessed(static_cast<std::int64_t>(picture.layout.raw_bytes) * state.iterations());
}

void decode_with_libpng(benchmark::State& state, const Picture& picture) {
  std::vector<std::uint8_t> pixels;
  for ([[maybe_unused]] const auto iteration : state) benchmark::DoNotOptimize(read_with_libpng(picture, pixels));
  count_bytes(state, picture);
}

void decode_with_ours(benchmark::State& state, const Picture& picture, Kernel kernel) {
  const Limits limits;
  for ([[maybe_unused]] const auto iteration : state) {
    benchmark::DoNotOptimize(read_rows(make_whole_byte_png_decoder(picture.layout, limits, kernel)));
  }
  count_bytes(state, picture);
}

void inflate_alone(benchmark::State& state, const Picture& picture) {
  for ([[maybe_unused]] const auto iteration : state) {
    benchmark::DoNotOptimize(prove_png_data(picture.layout).has_value());
  }
  count_bytes(state, picture);
}

Bytes compressed_bytes(const Picture& picture);

/// Undoes the filters of rows that were inflated before, in batches as the decoder does.
void unfilter_alone(benchmark::State& state, const Picture& picture, Kernel kernel) {
  const std::uint32_t height = picture.layout.size.height_px;
  const std::size_t row_bytes = picture.layout.raw_bytes / height - 1;
  const Bytes inflated = inflate_exactly(compressed_bytes(picture), picture.layout.raw_bytes).value();
  constexpr std::size_t margin = 2 * unfilter_margin_bytes;
  std::vector<std::uint8_t> filtered(inflated.size() + 2 * margin);
  std::memcpy(filtered.data() + margin, inflated.data(), inflated.size());
  const std::uint32_t batch = unfilter_rows_together * 2;
  const std::size_t stride = row_bytes + margin;
  std::vector<std::uint8_t> rows(stride * (batch + 1) + margin);
  const std::vector<std::uint8_t> zeros(stride + margin);
  for ([[maybe_unused]] const auto iteration : state) {
    std::memset(rows.data(), 0, stride + margin);
    for (std::uint32_t y = 0; y < height; y += batch) {
      const std::uint32_t count = std::min(batch, height - y);
      unfilter_kernel(kernel)({.filtered = filtered.data() + margin + y * (1 + row_bytes),
                               .rows = rows.data() + margin + stride,
                               .stride_bytes = stride,
                               .above = rows.data() + margin,
                               .zeros = zeros.data() + margin,
                               .count = count,
                               .row_bytes = row_bytes,
                               .pixel_bytes = static_cast<std::uint32_t>(row_bytes / picture.layout.size.width_px)});
      std::memcpy(rows.data() + margin, rows.data() + margin + count * stride, row_bytes);
    }
    benchmark::DoNotOptimize(rows.data());
  }
  count_bytes(state, picture);
}

/// The compressed bytes in one piece, as libraries for whole buffers want them.
Bytes compressed_bytes(const Picture& picture) {
  Bytes all;
  PngPieces pieces(picture.layout);
  for (BytesView piece; pieces.next(piece);) all.insert(all.end(), piece.begin(), piece.end());
  return all;
}

void inflate_with_libdeflate(benchmark::State& state, const Picture& picture) {
  const Bytes stream = compressed_bytes(picture);
  std::vector<std::uint8_t> raw(picture.layout.raw_bytes);
  libdeflate_decompressor* const decompressor = libdeflate_alloc_decompressor();
  for ([[maybe_unused]] const auto iteration : state) {
    const auto done =
        libdeflate_zlib_decompress(decompressor, stream.data(), stream.size(), raw.data(), raw.size(), nullptr);
    if (done != LIBDEFLATE_SUCCESS) state.SkipWithError("not inflated");
  }
  libdeflate_free_decompressor(decompressor);
  count_bytes(state, picture);
}

#ifdef LOCKET_BENCH_ISAL
void inflate_with_isal(benchmark::State& state, const Picture& picture) {
  Bytes stream = compressed_bytes(picture);
  std::vector<std::uint8_t> raw(picture.layout.raw_bytes);
  inflate_state inflater;
  for ([[maybe_unused]] const auto iteration : state) {
    isal_inflate_init(&inflater);
    inflater.crc_flag = ISAL_ZLIB;
    inflater.next_in = reinterpret_cast<std::uint8_t*>(stream.data());
    inflater.avail_in = static_cast<std::uint32_t>(stream.size());
    inflater.next_out = raw.data();
    inflater.avail_out = static_cast<std::uint32_t>(raw.size());
    if (isal_inflate(&inflater) != ISAL_DECOMP_OK) state.SkipWithError("not inflated");
  }
  count_bytes(state, picture);
}
#endif

std::vector<std::unique_ptr<Picture>> pictures_of(const std::string& folder) {
  Limits limits;
  limits.picture_bytes_max = 100'000'000;
  std::vector<std::unique_ptr<Picture>> pictures;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream stream(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    const BytesView view = as_bytes(text);
    auto picture = std::make_unique<Picture>();
    picture->name = entry.path().stem().string();
    picture->file.assign(view.begin(), view.end());
    if (sniff_media_type(picture->file) != MediaType::png) continue;
    Result<PngLayout> layout = read_png_layout(picture->file, limits);
    if (!layout || !is_whole_byte_png(*layout)) continue;
    picture->layout = *layout;
    pictures.push_back(std::move(picture));
  }
  std::sort(pictures.begin(), pictures.end(), [](const auto& a, const auto& b) { return a->name < b->name; });
  return pictures;
}

}  // namespace
}  // namespace locket::codec

int main(int count, char** values) {
  using namespace locket::codec;
  benchmark::Initialize(&count, values);
  const char* const folder = std::getenv("LOCKET_BENCH_PICTURES");
  if (folder == nullptr) return 2;
  const auto pictures = pictures_of(folder);
  for (const auto& picture : pictures) {
    const Picture& held = *picture;
    benchmark::RegisterBenchmark((held.name + "/libpng").c_str(),
                                 [&held](benchmark::State& state) { decode_with_libpng(state, held); });
    benchmark::RegisterBenchmark((held.name + "/plain").c_str(), [&held](benchmark::State& state) {
      decode_with_ours(state, held, locket::Kernel::plain);
    });
    benchmark::RegisterBenchmark((held.name + "/ours").c_str(), [&held](benchmark::State& state) {
      decode_with_ours(state, held, locket::Kernel::automatic);
    });
    benchmark::RegisterBenchmark((held.name + "/unfilter").c_str(), [&held](benchmark::State& state) {
      unfilter_alone(state, held, locket::Kernel::automatic);
    });
    benchmark::RegisterBenchmark((held.name + "/unfilter_plain").c_str(), [&held](benchmark::State& state) {
      unfilter_alone(state, held, locket::Kernel::plain);
    });
    benchmark::RegisterBenchmark((held.name + "/inflate").c_str(),
                                 [&held](benchmark::State& state) { inflate_alone(state, held); });
    benchmark::RegisterBenchmark((held.name + "/inflate_libdeflate").c_str(),
                                 [&held](benchmark::State& state) { inflate_with_libdeflate(state, held); });
#ifdef LOCKET_BENCH_ISAL
    benchmark::RegisterBenchmark((held.name + "/inflate_isal").c_str(),
                                 [&held](benchmark::State& state) { inflate_with_isal(state, held); });
#endif
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
