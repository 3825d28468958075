#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "codec/icc_profile.hpp"
#include "codec/jpeg_decoder.hpp"
#include "codec/picture_readers.hpp"

namespace locket::codec {
namespace {

constexpr std::size_t batch_bytes = 131'072;
constexpr std::uint32_t batch_rows_max = 64;

std::uint32_t stored_bytes_of(JpegSamples samples) noexcept {
  if (samples == JpegSamples::grey) return 1;
  return samples == JpegSamples::rgb ? 3 : 4;
}

ProfileInput profile_input_of(JpegSamples samples) noexcept {
  switch (samples) {
    case JpegSamples::grey: return ProfileInput::grey;
    case JpegSamples::cmyk_inverted: return ProfileInput::cmyk_inverted;
    case JpegSamples::rgb: break;
  }
  return ProfileInput::rgb;
}

/// The product of two shares of 255, rounded.
std::uint8_t share_of(unsigned a, unsigned b) noexcept { return static_cast<std::uint8_t>((a * b + 127) / 255); }

/// Inverted CMYK without a profile: ink takes away light, black from all three.
void mix_inks(const std::uint8_t* in, std::uint8_t* out, std::size_t pixels) noexcept {
  for (std::size_t i = 0; i < pixels; ++i, in += 4, out += 3) {
    for (std::size_t channel = 0; channel < 3; ++channel) out[channel] = share_of(in[channel], in[3]);
  }
}

class JpegReader final : public RowReader {
 public:
  JpegReader(const JpegLayout& layout, BytesView upload, std::unique_ptr<JpegDecoder> decoder)
      : decoder_(std::move(decoder)), samples_(decoder_->samples()) {
    header_.facts.media_type = MediaType::jpeg;
    header_.facts.size = layout.size;
    header_.facts.bytes = upload.size();
    header_.facts.orientation = layout.orientation;
    header_.facts.buffered = layout.several_scans;
    header_.format = samples_ == JpegSamples::grey ? RowFormat::grey : RowFormat::rgb;
  }

  /// Takes the memory for a batch and makes the profile's transform. Throws std::bad_alloc.
  void prepare(const JpegLayout& layout) {
    read_profile(layout);
    const std::size_t width = header_.facts.size.width_px;
    stored_row_bytes_ = width * stored_bytes_of(samples_);
    row_bytes_ = width * channels_of(header_.format);
    const auto fitting =
        static_cast<std::uint32_t>(std::clamp<std::size_t>(batch_bytes / stored_row_bytes_, 1, batch_rows_max));
    batch_rows_ = std::min(header_.facts.size.height_px, fitting);
    stored_.resize(stored_row_bytes_ * batch_rows_ + jpeg_row_margin_bytes);
    if (inks()) rows_.resize(row_bytes_ * batch_rows_);
  }

  [[nodiscard]] const Header& header() const noexcept override { return header_; }

  Result<RowBatch> next_rows() override {
    const std::uint32_t rows = std::min(batch_rows_, header_.facts.size.height_px - next_y_);
    if (rows == 0) {
      if (Result<void> ended = decoder_->finish(); !ended) return std::unexpected(std::move(ended.error()));
      return RowBatch{};
    }
    if (Result<void> read = decoder_->read_rows(stored_.data(), stored_row_bytes_, rows); !read) {
      return std::unexpected(std::move(read.error()));
    }
    next_y_ += rows;
    const std::size_t pixels = std::size_t{header_.facts.size.width_px} * rows;
    std::uint8_t* const out = inks() ? rows_.data() : stored_.data();
    if (transform_) {
      transform_->apply(stored_.data(), out, pixels);
    } else if (inks()) {
      mix_inks(stored_.data(), out, pixels);
    }
    return RowBatch{.first = out, .stride_bytes = row_bytes_, .rows = rows};
  }

 private:
  [[nodiscard]] bool inks() const noexcept { return samples_ == JpegSamples::cmyk_inverted; }

  void read_profile(const JpegLayout& layout) {
    header_.facts.profile_ignored = layout.profile_damaged;
    if (layout.profile_parts.empty()) return;
    Bytes profile;
    for (const BytesView part : layout.profile_parts) profile.insert(profile.end(), part.begin(), part.end());
    transform_ = make_colour_transform(profile, profile_input_of(samples_));
    header_.facts.profile_ignored = transform_ == nullptr;
    if (transform_ && transform_->is_identity()) transform_ = nullptr;
  }

  Header header_;
  std::unique_ptr<JpegDecoder> decoder_;
  JpegSamples samples_;
  std::unique_ptr<ColourTransform> transform_;
  std::size_t stored_row_bytes_ = 0;
  std::size_t row_bytes_ = 0;
  std::uint32_t batch_rows_ = 0;
  std::uint32_t next_y_ = 0;
  std::vector<std::uint8_t> stored_;
  std::vector<std::uint8_t> rows_;  ///< where inks were turned into light; not used otherwise
};

/// One of ours where the picture is of a common kind, otherwise libjpeg.
Result<std::unique_ptr<JpegDecoder>> make_decoder(const JpegLayout& layout, const Limits& limits) {
  if (const std::optional<BaselineScan> scan = read_baseline_scan(layout)) {
    Result<std::unique_ptr<JpegDecoder>> decoder = make_streaming_jpeg_decoder(*scan, limits, chosen_kernel());
    if (!decoder || *decoder != nullptr) return decoder;
  }
  if (const std::optional<ProgressiveFrame> frame = read_progressive_frame(layout)) {
    if (auto decoder = make_progressive_jpeg_decoder(*frame, limits, chosen_kernel())) return decoder;
  }
  return make_libjpeg_decoder(layout, limits);
}

}  // namespace

Result<std::unique_ptr<RowReader>> open_jpeg(BytesView upload, const Limits& limits) {
  const Result<JpegLayout> layout = read_jpeg_layout(upload, limits);
  if (!layout) return std::unexpected(layout.error());
  Result<std::unique_ptr<JpegDecoder>> decoder = make_decoder(*layout, limits);
  if (!decoder) return std::unexpected(std::move(decoder.error()));
  auto reader = std::make_unique<JpegReader>(*layout, upload, std::move(*decoder));
  reader->prepare(*layout);
  return reader;
}

Result<PixelSize> read_jpeg_size(BytesView upload, const Limits& limits) {
  const Result<JpegLayout> layout = read_jpeg_layout(upload, limits);
  if (!layout) return std::unexpected(layout.error());
  return layout->size;
}

}  // namespace locket::codec
