#include <algorithm>
#include <optional>
#include <vector>

#include "fuzz_target.hpp"
#include "kernel_sets.hpp"
#include "raster/resizer.hpp"

namespace locket::fuzz {
namespace {

struct Job {
  raster::Source source;
  Recipe recipe;
  std::vector<std::uint8_t> samples;
  std::uint32_t batch_rows = 1;
};

Job read_job(BytesView input) {
  constexpr RowFormat formats[] = {RowFormat::grey, RowFormat::rgb, RowFormat::rgba};
  InputReader reader(input);
  Job job;
  // One side may be long, so that both ends of the scale are met.
  const unsigned shape = reader.take_byte();
  job.source.size = {1 + reader.take_word() % (shape % 8 == 0 ? 3'000 : 300),
                     1 + reader.take_word() % (shape % 8 == 1 ? 3'000 : 300)};
  job.source.format = formats[reader.take_byte() % 3];
  job.source.orientation = static_cast<std::uint8_t>(1 + reader.take_byte() % 8);
  job.recipe.fit = static_cast<Fit>(reader.take_byte() % 3);
  job.recipe.filter = static_cast<Filter>(reader.take_byte() % 5);
  job.recipe.background.alpha = static_cast<std::uint8_t>(reader.take_byte());
  job.batch_rows = 1 + reader.take_byte() % 64;
  const std::size_t count =
      std::size_t{job.source.size.width_px} * job.source.size.height_px * channels_of(job.source.format);
  job.samples.resize(count);
  const BytesView pattern = reader.rest();
  for (std::size_t i = 0; i < count; ++i) {
    const auto noise = static_cast<std::uint8_t>((i * 2'654'435'761U) >> 13);
    job.samples[i] = pattern.empty() ? noise : std::to_integer<std::uint8_t>(pattern[i % pattern.size()]);
  }
  return job;
}

raster::Images run_job(const Job& job) {
  auto resizer = raster::make_resizer(job.source, job.recipe);
  demand(resizer.has_value(), "every source with pixels has a resizer");
  const std::size_t stride = std::size_t{job.source.size.width_px} * channels_of(job.source.format);
  const std::uint32_t height = job.source.size.height_px;
  for (std::uint32_t y = 0; y < height; y += job.batch_rows) {
    const std::uint32_t rows = std::min(job.batch_rows, height - y);
    demand(
        (*resizer)->push({.first = job.samples.data() + y * stride, .stride_bytes = stride, .rows = rows}).has_value(),
        "every row is taken");
  }
  auto images = (*resizer)->finish();
  demand(images.has_value(), "all rows give both pictures");
  demand(images->small.size == small_size && images->large.size == large_size, "both pictures have their sizes");
  demand(images->small.samples.size() == images->small.row_bytes() * small_size.height_px, "the small one is full");
  demand(images->large.samples.size() == images->large.row_bytes() * large_size.height_px, "the large one is full");
  return std::move(*images);
}

}  // namespace

void feed_resizer(BytesView input) {
  static const std::vector<raster::KernelSet> sets = raster::vector_kernel_sets();
  const Job job = read_job(input);
  std::optional<raster::Images> first;
  for (const raster::KernelSet& set : sets) {
    const raster::OnlyKernelSet only(set);
    raster::Images images = run_job(job);
    if (first) {
      demand(images.small.samples == first->small.samples && images.small.format == first->small.format,
             "every instruction set gives the same small picture");
      demand(images.large.samples == first->large.samples && images.large.format == first->large.format,
             "every instruction set gives the same large picture");
    } else {
      first = std::move(images);
    }
  }
}

}  // namespace locket::fuzz
