#include <algorithm>
#include <vector>

#include "fuzz_target.hpp"
#include "kernel_sets.hpp"
#include "raster/band_scaler.hpp"
#include "raster/halver.hpp"
#include "raster/linear_rows.hpp"
#include "raster/resizer.hpp"

namespace locket::fuzz {
namespace {

using raster::RowKernels;

/// A picture, and how it is to come.
struct Job {
  raster::Source source;
  Recipe recipe;
  std::vector<std::uint8_t> samples;
  std::uint32_t batch_rows = 1;

  [[nodiscard]] std::size_t stride() const { return std::size_t{source.size.width_px} * channels_of(source.format); }
};

/// The part of one axis that is seen, and how large it is to be.
raster::Axis read_axis(InputReader& reader, std::uint32_t source_px, std::uint32_t target_px) {
  constexpr std::int64_t parts = 65'536 * 255;
  const std::int64_t seen = std::max<std::int64_t>(parts / 65'536 * source_px * (1 + reader.take_word()), parts / 100);
  return {.source_px = source_px,
          .target_px = target_px,
          .begin_parts = (parts * source_px - seen) / 255 * reader.take_byte() * target_px,
          .step_parts = seen,
          .pixel_parts = parts * target_px};
}

Job read_job(InputReader& reader, std::uint32_t side_px_max) {
  constexpr RowFormat formats[] = {RowFormat::grey, RowFormat::rgb, RowFormat::rgba};
  Job job;
  // One side may be long, so that both ends of the scale are met.
  const unsigned shape = reader.take_byte();
  job.source.size = {1 + reader.take_word() % (shape % 8 == 0 ? side_px_max * 10 : side_px_max),
                     1 + reader.take_word() % (shape % 8 == 1 ? side_px_max * 10 : side_px_max)};
  job.source.format = formats[reader.take_byte() % 3];
  job.source.orientation = static_cast<std::uint8_t>(1 + reader.take_byte() % 8);
  job.recipe.fit = static_cast<Fit>(reader.take_byte() % 3);
  job.recipe.filter = static_cast<Filter>(reader.take_byte() % 5);
  job.recipe.background.alpha = static_cast<std::uint8_t>(reader.take_byte());
  job.batch_rows = 1 + reader.take_byte() % 64;
  return job;
}

void fill(Job& job, BytesView pattern) {
  job.samples.resize(job.stride() * job.source.size.height_px);
  for (std::size_t i = 0; i < job.samples.size(); ++i) {
    const auto noise = static_cast<std::uint8_t>((i * 2'654'435'761U) >> 13);
    job.samples[i] = pattern.empty() ? noise : std::to_integer<std::uint8_t>(pattern[i % pattern.size()]);
  }
}

template <class Take>
void send_rows(const Job& job, Take take) {
  const std::uint32_t height = job.source.size.height_px;
  for (std::uint32_t y = 0; y < height; y += job.batch_rows) {
    take(RowBatch{.first = job.samples.data() + y * job.stride(),
                  .stride_bytes = job.stride(),
                  .rows = std::min(job.batch_rows, height - y)});
  }
}

/// Every row that comes out, as samples.
class Drawing {
 public:
  Drawing(const RowKernels& kernels, RowFormat format) : kernels_(kernels), format_(format) {}

  void put(const raster::Band& band, std::size_t width, std::size_t pixels) {
    std::vector<std::int16_t> rows(width * raster::band_rows * band.block.channels + raster::plane_step);
    const std::size_t plane = width * raster::band_rows;
    for (std::uint32_t channel = 0; channel < band.block.channels; ++channel) {
      kernels_.from_block(band.block.first + channel * band.block.stride, width, rows.data() + channel * plane, width);
    }
    for (std::uint32_t row = 0; row < band.rows; ++row) {
      put({rows.data() + row * width, plane, band.block.channels}, pixels);
    }
  }

  void put(raster::Planes<const std::int16_t> row, std::size_t pixels) {
    const std::size_t at = samples_.size();
    samples_.resize(at + pixels * channels_of(format_));
    kernels_.encode(row, pixels, format_, samples_.data() + at);
  }

  [[nodiscard]] const std::vector<std::uint8_t>& samples() const { return samples_; }

 private:
  const RowKernels& kernels_;
  RowFormat format_;
  std::vector<std::uint8_t> samples_;
};

/// What is drawn by the parts of a resizer, at any size.
std::vector<std::uint8_t> draw(const RowKernels& kernels, const Job& job, const raster::Axis& across,
                               const raster::Axis& down, bool halved) {
  const std::uint32_t margin_px = halved ? raster::halving_margin_px : 0;
  raster::TapTable columns(across, job.recipe.filter, margin_px);
  raster::TapTable rows(down, job.recipe.filter, margin_px);
  const std::size_t pixels = columns.size();
  const raster::LinearRows::Part part{columns.first_pair(), columns.end_pair(), rows.first_pair(), rows.end_pair(),
                                      rows.window_pairs()};
  columns.count_from(part.first_column_pair);
  rows.count_from(part.first_row_pair);
  raster::LinearRows linear(kernels, job.source.size, job.source.format, part);
  const std::uint32_t channels = channels_of(job.source.format);
  raster::BandScaler scaler(kernels, std::move(columns), std::move(rows), linear.width(), channels);
  raster::Halver halver(kernels, {across.target_px / 2, down.target_px / 2}, channels);
  Drawing whole(kernels, job.source.format);
  Drawing half(kernels, job.source.format);
  send_rows(job, [&](RowBatch batch) {
    while (batch.rows > 0) {
      const std::uint32_t taken = linear.take(batch);
      batch.rows -= taken;
      batch.first += taken * batch.stride_bytes;
      while (scaler.advance(linear)) {
        whole.put(scaler.band(), scaler.width(), pixels);
        if (!halved) continue;
        halver.take(scaler.band());
        for (auto row = halver.next_row(); row.first != nullptr; row = halver.next_row()) {
          half.put(row, across.target_px / 2);
        }
      }
    }
  });
  demand(whole.samples().size() == pixels * (down.target_px + 2 * margin_px) * channels, "every row is drawn");
  std::vector<std::uint8_t> samples = whole.samples();
  samples.insert(samples.end(), half.samples().begin(), half.samples().end());
  return samples;
}

void compare_parts(InputReader& reader, const RowKernels& kernels) {
  constexpr std::uint32_t side_px_max = 64;
  Job job = read_job(reader, side_px_max);
  const bool halved = reader.take_byte() % 2 == 0;
  const auto target_px = [&] { return 2 * (1 + reader.take_byte() % (side_px_max / 2)); };
  const raster::Axis across = read_axis(reader, job.source.size.width_px, target_px());
  const raster::Axis down = read_axis(reader, job.source.size.height_px, target_px());
  fill(job, reader.rest());
  demand(draw(raster::plain_kernels(), job, across, down, halved) == draw(kernels, job, across, down, halved),
         "every instruction set draws what the plain kernels draw");
}

raster::Images run_job(const Job& job) {
  auto resizer = raster::make_resizer(job.source, job.recipe);
  demand(resizer.has_value(), "every source with pixels has a resizer");
  send_rows(job, [&](const RowBatch& batch) { demand((*resizer)->push(batch).has_value(), "every row is taken"); });
  auto images = (*resizer)->finish();
  demand(images.has_value(), "all rows give both pictures");
  demand(images->small.size == small_size && images->large.size == large_size, "both pictures have their sizes");
  demand(images->small.samples.size() == images->small.row_bytes() * small_size.height_px, "the small one is full");
  demand(images->large.samples.size() == images->large.row_bytes() * large_size.height_px, "the large one is full");
  return std::move(*images);
}

void compare_pictures(InputReader& reader, const raster::KernelSet& one, const raster::KernelSet& other) {
  constexpr std::uint32_t side_px_max = 200;
  Job job = read_job(reader, side_px_max);
  fill(job, reader.rest());
  const auto images_of = [&](const raster::KernelSet& set) {
    const raster::OnlyKernelSet only(set);
    return run_job(job);
  };
  const raster::Images first = images_of(one);
  const raster::Images second = images_of(other);
  demand(first.small.samples == second.small.samples && first.small.format == second.small.format,
         "every instruction set gives the same small picture");
  demand(first.large.samples == second.large.samples && first.large.format == second.large.format,
         "every instruction set gives the same large picture");
}

}  // namespace

void feed_resizer(BytesView input) {
  static const std::vector<raster::KernelSet> sets = raster::vector_kernel_sets();
  constexpr unsigned whole_pictures = 64;  // one input of so many: to draw both sizes takes a hundred times as long
  InputReader reader(input);
  const unsigned choice = reader.take_byte();
  const raster::KernelSet& set = sets[reader.take_byte() % sets.size()];
  if (choice % whole_pictures == 0) {
    compare_pictures(reader, set, sets.back());
  } else {
    compare_parts(reader, *set.kernels);
  }
}

}  // namespace locket::fuzz
