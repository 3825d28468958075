#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "codec/exif_orientation.hpp"
#include "codec/icc_profile.hpp"
#include "codec/picture_readers.hpp"
#include "codec/png_decoder.hpp"
#include "codec/png_layout.hpp"
#include "codec/whole_byte_png_decoder.hpp"

namespace locket::codec {
namespace {

// gAMA and cHRM are not used: nearly every file that has them means sRGB, those that do not are as often wrong as
// right, and browsers disagree. Without a profile, samples are sRGB.

bool has_alpha(const PngLayout& layout) noexcept {
  if (layout.colour == PngColour::grey_alpha || layout.colour == PngColour::rgba) return true;
  if (layout.colour != PngColour::palette) return !layout.transparency.empty();
  return std::any_of(layout.transparency.begin(), layout.transparency.end(),
                     [](std::byte alpha) { return alpha != std::byte{255}; });
}

RowFormat format_of(const PngLayout& layout) noexcept {
  if (has_alpha(layout)) return RowFormat::rgba;
  return layout.colour == PngColour::grey ? RowFormat::grey : RowFormat::rgb;
}

ProfileInput profile_input_of(const PngLayout& layout, RowFormat format) noexcept {
  if (layout.colour == PngColour::grey || layout.colour == PngColour::grey_alpha) {
    return format == RowFormat::grey ? ProfileInput::grey : ProfileInput::grey_as_rgba;
  }
  return format == RowFormat::rgba ? ProfileInput::rgba : ProfileInput::rgb;
}

/// The colours of a palette picture, as pixels of its rows.
class Palette {
 public:
  Palette(const PngLayout& layout, RowFormat format) : entries_(layout.palette.size() / 3) {
    const std::size_t channels = channels_of(format);
    for (std::size_t i = 0; i < entries_; ++i) {
      std::uint8_t* const pixel = colours_.data() + i * channels;
      std::memcpy(pixel, layout.palette.data() + i * 3, 3);
      if (channels == 4) {
        pixel[3] =
            i < layout.transparency.size() ? std::to_integer<std::uint8_t>(layout.transparency[i]) : std::uint8_t{255};
      }
    }
  }

  void apply(const ColourTransform& transform) noexcept { transform.apply(colours_.data(), colours_.data(), entries_); }

  /// Turns indices into pixels; false when an index has no colour.
  template <std::size_t channels>
  [[nodiscard]] bool expand(const std::uint8_t* indices, std::uint8_t* out, std::size_t pixels) const noexcept {
    if (entries_ < 256 && *std::max_element(indices, indices + pixels) >= entries_) return false;
    for (std::size_t i = 0; i < pixels; ++i)
      std::memcpy(out + i * channels, &colours_[indices[i] * channels], channels);
    return true;
  }

 private:
  std::size_t entries_;
  std::array<std::uint8_t, std::size_t{256} * 4> colours_{};
};

class PngReader final : public RowReader {
 public:
  PngReader(const PngLayout& layout, BytesView upload) : palette_(layout, format_of(layout)) {
    header_.facts.media_type = MediaType::png;
    header_.facts.size = layout.size;
    header_.facts.bytes = upload.size();
    header_.facts.orientation = read_exif_orientation(layout.exif);
    header_.facts.buffered = layout.interlaced;
    header_.format = format_of(layout);
    indexed_ = layout.colour == PngColour::palette;
  }

  /// Reads the profile. Result: what it needs of samples of 16 bits. Throws std::bad_alloc.
  DeepSamples read_profile(const PngLayout& layout, const Limits& limits) {
    header_.facts.profile_ignored = layout.profile_damaged;
    if (layout.profile.empty()) return DeepSamples::reduced;
    const Result<Bytes> profile = inflate_png_profile(layout.profile, limits);
    const ProfileInput input = profile_input_of(layout, header_.format);
    if (profile) transform_ = make_colour_transform(*profile, input);
    header_.facts.profile_ignored = transform_ == nullptr;
    if (transform_ && transform_->is_identity()) transform_ = nullptr;
    if (transform_ == nullptr || layout.bit_depth < 16) return DeepSamples::reduced;
    std::unique_ptr<ColourTransform> deep = make_deep_colour_transform(*profile, input);
    if (deep == nullptr) return DeepSamples::reduced;
    transform_ = std::move(deep);
    return DeepSamples::kept;
  }

  /// Makes what palette and profile need to finish the rows of a decoder. Throws std::bad_alloc.
  void prepare(std::unique_ptr<PngDecoder> decoder) {
    decoder_ = std::move(decoder);
    if (transform_ && indexed_) palette_.apply(*std::exchange(transform_, nullptr));
    if (!indexed_ && !transform_) return;
    row_bytes_ = std::size_t{header_.facts.size.width_px} * channels_of(header_.format);
    batch_rows_ = std::min(header_.facts.size.height_px, batch_rows_of(row_bytes_));
    rows_.resize(row_bytes_ * batch_rows_);
  }

  [[nodiscard]] const Header& header() const noexcept override { return header_; }

  Result<RowBatch> next_rows() override {
    if (!indexed_ && !transform_) return decoder_->next_rows();
    if (decoded_.rows == 0) {
      Result<RowBatch> next = decoder_->next_rows();
      if (!next || next->rows == 0) return next;
      decoded_ = *next;
    }
    const std::uint32_t rows = std::min(decoded_.rows, batch_rows_);
    for (std::uint32_t y = 0; y < rows; ++y) {
      if (!finish_row(decoded_.first, rows_.data() + y * row_bytes_)) {
        return fail(Code::picture_palette_invalid, "IDAT: a pixel's index is beyond PLTE");
      }
      decoded_.first += decoded_.stride_bytes;
    }
    decoded_.rows -= rows;
    return RowBatch{.first = rows_.data(), .stride_bytes = row_bytes_, .rows = rows};
  }

 private:
  [[nodiscard]] bool finish_row(const std::uint8_t* in, std::uint8_t* out) const noexcept {
    const std::size_t width = header_.facts.size.width_px;
    if (!indexed_) {
      transform_->apply(in, out, width);
      return true;
    }
    return header_.format == RowFormat::rgba ? palette_.expand<4>(in, out, width) : palette_.expand<3>(in, out, width);
  }

  Header header_;
  std::unique_ptr<PngDecoder> decoder_;
  std::unique_ptr<ColourTransform> transform_;
  Palette palette_;
  bool indexed_ = false;
  RowBatch decoded_;  ///< what is left of the decoder's last batch
  std::size_t row_bytes_ = 0;
  std::uint32_t batch_rows_ = 0;
  std::vector<std::uint8_t> rows_;
};

}  // namespace

Result<std::unique_ptr<RowReader>> open_png(BytesView upload, const Limits& limits) {
  const Result<PngLayout> layout = read_png_layout(upload, limits);
  if (!layout) return std::unexpected(layout.error());
  auto reader = std::make_unique<PngReader>(*layout, upload);
  const DeepSamples deep = reader->read_profile(*layout, limits);
  Result<std::unique_ptr<PngDecoder>> decoder = deep == DeepSamples::reduced && is_whole_byte_png(*layout)
                                                    ? make_whole_byte_png_decoder(*layout, limits, chosen_kernel())
                                                    : make_libpng_decoder(*layout, limits, deep);
  if (!decoder) return std::unexpected(std::move(decoder.error()));
  reader->prepare(std::move(*decoder));
  return reader;
}

Result<PixelSize> read_png_size(BytesView upload, const Limits& limits) {
  const Result<PngLayout> layout = read_png_layout(upload, limits);
  if (!layout) return std::unexpected(layout.error());
  return layout->size;
}

}  // namespace locket::codec
