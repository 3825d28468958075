#include "jpeg_judge.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/kernel.hpp"
#include "codec/baseline_scan.hpp"
#include "codec/jpeg_block_decoder.hpp"
#include "codec/jpeg_decoder.hpp"
#include "codec/progressive_blocks.hpp"

namespace locket::codec {
namespace {

/// Keeps a few rows at a time, for pictures may be large and tests that run later look at the peak of memory.
JpegRows read_all(Result<std::unique_ptr<JpegDecoder>> decoder, PixelSize size) {
  if (!decoder) return std::unexpected(decoder.error());
  constexpr std::uint32_t rows_together_max = 7;
  const std::size_t pixel_bytes = (*decoder)->samples() == JpegSamples::grey ? 1 : 3;
  const std::size_t row_bytes = size.width_px * pixel_bytes;
  std::vector<std::byte> rows(row_bytes * rows_together_max + jpeg_row_margin_bytes);
  crypto::Sealer sealer;
  for (std::uint32_t y = 0; y < size.height_px;) {
    const std::uint32_t count = std::min(1 + y % rows_together_max, size.height_px - y);
    Result<void> read = (*decoder)->read_rows(reinterpret_cast<std::uint8_t*>(rows.data()), row_bytes, count);
    if (!read) return std::unexpected(read.error());
    for (std::uint32_t i = 0; i < count; ++i) sealer.add(BytesView(rows).subspan(i * row_bytes, row_bytes));
    y += count;
  }
  if (Result<void> ended = (*decoder)->finish(); !ended) return std::unexpected(ended.error());
  return sealer.checksum();
}

bool has_sane_coefficients(JpegBlockSource& source, PixelSize size, ChromaSampling sampling) {
  const auto [across, down] = unit_counts(size, sampling);
  for (std::uint32_t i = 0; i < down; ++i) {
    for (std::uint32_t x = 0; x < across; x += UnitBlocks::units_max) {
      UnitBlocks blocks(sampling);
      if (!source.decode(std::min(UnitBlocks::units_max, across - x), blocks)) return false;
      for (std::size_t component = 0; component < blocks.components(); ++component) {
        for (std::uint32_t y = 0; y < blocks.factors(component).down; ++y) {
          for (const BlockFour& four : blocks.row(component, y)) {
            constexpr int most = 8'191;
            if (std::ranges::any_of(four.coefficients, [](int value) { return value < -most || value > most; })) {
              return false;
            }
          }
        }
      }
    }
  }
  return true;
}

/// Reads a file's layout once, and makes our decoders of it. Those are null where it is left to libjpeg.
struct OurDecoders {
  const JpegLayout& layout;
  const Limits& limits;
  std::optional<BaselineScan> scan = read_baseline_scan(layout);
  std::optional<ProgressiveFrame> frame = read_progressive_frame(layout);

  [[nodiscard]] Result<std::unique_ptr<JpegDecoder>> make(Kernel kernel) const {
    if (scan) return make_streaming_jpeg_decoder(*scan, limits, kernel);
    if (frame) return make_progressive_jpeg_decoder(*frame, limits, kernel);
    return nullptr;
  }

  [[nodiscard]] bool sane_coefficients() const {
    const ChromaSampling sampling = scan ? scan->sampling : frame->sampling;
    std::unique_ptr<JpegBlockSource> source;
    if (scan) source = JpegBlockDecoder::make(*scan, Kernel::plain);
    if (frame) source = ProgressiveBlocks::make(*frame, limits.decode_memory_bytes_max, Kernel::plain);
    return source != nullptr && has_sane_coefficients(*source, layout.size, sampling);
  }
};

}  // namespace

bool JpegVerdicts::taken_alike() const {
  const bool few_stray_bytes = !judged && judged.error().detail.find("extraneous bytes") != std::string::npos;
  const bool no_code = !streamed && streamed.error().detail == "bits that are no Huffman code";
  return streamed.has_value() == judged.has_value() || few_stray_bytes || no_code;
}

std::optional<JpegVerdicts> judge_jpeg(BytesView file, const Limits& limits) {
  const Result<JpegLayout> layout = read_jpeg_layout(file, limits);
  if (!layout) return std::nullopt;
  const OurDecoders ours{*layout, limits};
  Result<std::unique_ptr<JpegDecoder>> streaming = ours.make(Kernel::automatic);
  Result<std::unique_ptr<JpegDecoder>> plain = ours.make(Kernel::plain);
  const bool left_to_libjpeg = streaming && *streaming == nullptr;
  if (left_to_libjpeg != (plain && *plain == nullptr)) throw std::logic_error("the kernels do not take the same files");
  if (left_to_libjpeg) return std::nullopt;
  return JpegVerdicts{.streamed = read_all(std::move(streaming), layout->size),
                      .plain = read_all(std::move(plain), layout->size),
                      .judged = read_all(make_libjpeg_decoder(*layout, limits), layout->size),
                      .sane_coefficients = ours.sane_coefficients()};
}

}  // namespace locket::codec
