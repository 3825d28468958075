#include "codec/png_writer.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/kernel.hpp"
#include "codec/packed_rows.hpp"
#include "codec/pixel_layout.hpp"
#include "codec/row_filter.hpp"
#include "codec/zlib_writer.hpp"

namespace locket::codec {
namespace {

constexpr std::array<std::uint8_t, 8> signature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr std::size_t chunk_overhead_bytes = 12;  // length, name, checksum
constexpr std::size_t header_chunk_bytes = 13;
constexpr std::size_t data_chunk_at = signature.size() + chunk_overhead_bytes + header_chunk_bytes;
constexpr std::size_t file_frame_bytes = data_chunk_at + 2 * chunk_overhead_bytes;
constexpr std::uint64_t png_number_max = 0x7FFF'FFFF;                  // specification, clause 7.1
constexpr std::uint64_t raw_bytes_max = png_number_max / 1024 * 1023;  // so that it fits even where nothing compresses

std::uint8_t* as_octets(Bytes& bytes) noexcept { return reinterpret_cast<std::uint8_t*>(bytes.data()); }

void store_u32(std::uint8_t* out, std::uint32_t value) noexcept {
  out[0] = static_cast<std::uint8_t>(value >> 24);
  out[1] = static_cast<std::uint8_t>(value >> 16);
  out[2] = static_cast<std::uint8_t>(value >> 8);
  out[3] = static_cast<std::uint8_t>(value);
}

/// Puts length, name and checksum around `body_bytes` that stand at `out + 8` already; gives the place after the chunk.
std::uint8_t* close_chunk(std::uint8_t* out, const char (&name)[5], std::size_t body_bytes) noexcept {
  store_u32(out, static_cast<std::uint32_t>(body_bytes));
  std::memcpy(out + 4, name, 4);
  store_u32(out + 8 + body_bytes, libdeflate_crc32(0, out + 4, 4 + body_bytes));
  return out + chunk_overhead_bytes + body_bytes;
}

void write_header(std::uint8_t* out, PixelSize size, PixelLayout layout) noexcept {
  std::memcpy(out, signature.data(), signature.size());
  out += signature.size();
  std::uint8_t* body = out + 8;
  store_u32(body, size.width_px);
  store_u32(body + 4, size.height_px);
  body[8] = 8;  // bits a sample
  body[9] = static_cast<std::uint8_t>(layout);
  body[10] = body[11] = body[12] = 0;  // deflate, the five filters, not interlaced
  close_chunk(out, "IHDR", header_chunk_bytes);
}

/// How the rows go into the compressor.
enum class Treatment : std::uint8_t {
  filtered,     ///< each row by its own filter, compressed in haste
  plain_trial,  ///< as they are, in haste: tells whether the next two are worth their time
  plain,        ///< as they are, every pixel looked up
  flat,         ///< as they are, every byte looked up: takes half as long again, for some hundredths of what is left
};

MatchSearch search_of(Treatment treatment) noexcept {
  if (treatment == Treatment::flat) return MatchSearch::bytes;
  return treatment == Treatment::plain ? MatchSearch::pixels : MatchSearch::hasty;
}

/// The whole file but for the pixels, with room for the data chunk's length.
Bytes begin_file(PixelSize size, PixelLayout layout, std::size_t data_bytes) {
  Bytes file;
  file.reserve(file_frame_bytes + data_bytes);
  file.resize(data_chunk_at + 8);
  write_header(as_octets(file), size, layout);
  return file;
}

/// Closes the chunk that was begun by `begin_file`, and the file.
void end_file(Bytes& file) {
  const std::size_t data_bytes = file.size() - data_chunk_at - 8;
  file.resize(file.size() + 4 + chunk_overhead_bytes);
  close_chunk(close_chunk(as_octets(file) + data_chunk_at, "IDAT", data_bytes), "IEND", 0);
}

/// Writes fast files of one image.
class FastWriter {
 public:
  FastWriter(const Image& image, PixelLayout layout)
      : image_(image), layout_(layout), rows_(image, layout), filter_(filter_kernel(chosen_kernel())) {}

  /// The smaller of a file of filtered and one of plain rows, as some rows tell. They are chosen by their place alone,
  /// so that the same picture gives the same file everywhere.
  Bytes write() {
    const std::uint64_t raw = std::max<std::uint64_t>(1, raw_bytes() * sampled_rows.together / sampled_rows.apart);
    const std::uint64_t filtered = sample_bytes(Treatment::filtered);
    const std::uint64_t kept_percent = filtered * 100 / raw;
    // All limits are fitted to many pictures. Where little is left, a close look takes little time; elsewhere it can be
    // told from a hasty one, for it gains the more the less is left.
    if (kept_percent < 20) {
      const std::uint64_t flat = sample_bytes(Treatment::flat);
      if (flat * 10 >= filtered * 11) return file_by(Treatment::filtered, filtered);
      return file_by(layout_ == PixelLayout::rgb && flat * 8 > raw ? Treatment::plain : Treatment::flat, flat);
    }
    const std::uint64_t plain = sample_bytes(Treatment::plain_trial);
    if (plain * 2'000 + filtered * kept_percent * 9 >= filtered * 2'720) {
      return file_by(Treatment::filtered, filtered);
    }
    return file_by(layout_ == PixelLayout::rgb ? Treatment::plain : Treatment::flat, plain);
  }

 private:
  /// Which rows are compressed: of every `apart` ones the `together` from `first` on.
  struct RowChoice {
    std::uint32_t first, together, apart;
  };
  static constexpr RowChoice all_rows{0, 1, 1};
  static constexpr RowChoice sampled_rows{24, 8, 80};
  static constexpr std::uint64_t spare_bytes = 16'384;

  [[nodiscard]] std::uint64_t raw_bytes() const noexcept {
    return std::uint64_t{rows_.row_bytes() + 1} * image_.size.height_px;
  }

  /// Input: what the sampled rows came to by this treatment or one that comes close.
  Bytes file_by(Treatment treatment, std::uint64_t sampled_bytes) {
    // Room for what the rest would come to, and a bit: more would keep others from the memory, less would grow.
    const std::uint64_t expected = sampled_bytes * sampled_rows.apart / sampled_rows.together;
    const std::uint64_t most = raw_bytes() + raw_bytes() / 1'024 + 64;  // where nothing compresses
    Bytes file = begin_file(image_.size, layout_, std::min(expected + expected / 8 + spare_bytes, most));
    compress(treatment, all_rows, file);
    end_file(file);
    return file;
  }

  std::uint64_t sample_bytes(Treatment treatment) {
    Bytes stream;
    compress(treatment, sampled_rows, stream);
    return stream.size();
  }

  /// Appends the rows as a zlib stream.
  void compress(Treatment treatment, const RowChoice& choice, Bytes& out) {
    const auto row_bytes = static_cast<std::uint32_t>(1 + rows_.row_bytes());
    ZlibWriter zlib({.row_bytes = row_bytes, .pixel_bytes = pixel_bytes_of(layout_), .search = search_of(treatment)},
                    out);
    for (std::uint64_t y = 0; y < image_.size.height_px; ++y) {
      if (y % choice.apart < choice.first || y % choice.apart >= choice.first + choice.together) continue;
      const auto row = static_cast<std::uint32_t>(y);
      std::uint8_t* const out_row = zlib.place_for(row_bytes);
      if (treatment == Treatment::filtered) {
        filter_(rows_.row(row), out_row);
      } else {
        *out_row = static_cast<std::uint8_t>(RowFilter::none);
        rows_.pack(row, out_row + 1);
      }
      zlib.take(row_bytes);
    }
    zlib.finish();
  }

  const Image& image_;
  PixelLayout layout_;
  PackedRows rows_;
  FilterKernel filter_;
};

static_assert(write_margin_bytes >= filter_margin_bytes);

struct FreeCompressor {
  void operator()(libdeflate_compressor* compressor) const noexcept { libdeflate_free_compressor(compressor); }
};

using Compressor = std::unique_ptr<libdeflate_compressor, FreeCompressor>;

/// Writes small files of one image: tries one filter for all rows and one for each, and presses the best two hard.
class SmallWriter {
 public:
  SmallWriter(const Image& image, PixelLayout layout)
      : image_(image),
        layout_(layout),
        rows_(image, layout),
        filter_(filter_kernel(chosen_kernel())),
        filtered_((1 + rows_.row_bytes()) * image.size.height_px + filter_margin_bytes) {}

  Bytes write() {
    std::array<std::pair<std::size_t, std::uint8_t>, row_filter_count + 1> trials;
    const Compressor trial = compressor_of(6);
    for (std::uint8_t choice = 0; choice < trials.size(); ++choice) {
      trials[choice] = {file_by(choice, *trial).size(), choice};
    }
    std::sort(trials.begin(), trials.end());
    const Compressor best = compressor_of(12);
    Bytes first = file_by(trials[0].second, *best);
    Bytes second = file_by(trials[1].second, *best);
    return second.size() < first.size() ? second : first;
  }

 private:
  static Compressor compressor_of(int level) {
    Compressor compressor(libdeflate_alloc_compressor(level));
    if (!compressor) throw std::bad_alloc();
    return compressor;
  }

  /// `choice` is the number of the filter for all rows, or `row_filter_count`: each row by its own.
  Bytes file_by(std::uint8_t choice, libdeflate_compressor& compressor) {
    std::uint8_t* out = filtered_.data();
    for (std::uint32_t y = 0; y < image_.size.height_px; ++y, out += 1 + rows_.row_bytes()) {
      const FilterInput input = rows_.row(y);
      if (choice == row_filter_count) {
        filter_(input, out);
      } else {
        *out = choice;
        apply_row_filter(static_cast<RowFilter>(choice), input, out + 1);
      }
    }
    const std::size_t raw_bytes = filtered_.size() - filter_margin_bytes;
    Bytes file = begin_file(image_.size, layout_, 0);
    const std::size_t head_bytes = file.size();
    file.resize(head_bytes + libdeflate_zlib_compress_bound(&compressor, raw_bytes));
    file.resize(head_bytes + libdeflate_zlib_compress(&compressor, filtered_.data(), raw_bytes,
                                                      file.data() + head_bytes, file.size() - head_bytes));
    end_file(file);
    file.shrink_to_fit();
    return file;
  }

  const Image& image_;
  PixelLayout layout_;
  PackedRows rows_;
  FilterKernel filter_;
  std::vector<std::uint8_t> filtered_;
};

Result<Bytes> write_checked(const Image& image, Effort effort) {
  const PixelLayout layout = smallest_layout(image);
  const std::uint64_t row_bytes = std::uint64_t{image.size.width_px} * pixel_bytes_of(layout) + 1;
  // Stored blocks add 5 bytes to 65,535; the division keeps the product in 64 bits.
  if (row_bytes > raw_bytes_max / image.size.height_px) {
    return fail(Code::argument_invalid, "the image is too large for one data chunk");
  }
  if (effort == Effort::fast) return FastWriter(image, layout).write();
  return SmallWriter(image, layout).write();
}

}  // namespace

Result<Bytes> write_png(Image image, Effort effort) {
  if (image.size.width_px == 0 || image.size.height_px == 0 || image.size.width_px > png_number_max ||
      image.size.height_px > png_number_max) {
    return fail(Code::argument_invalid, "an image has at least one pixel and no side over 2147483647 pixels");
  }
  // By division: the product of the sides may not fit into 64 bits.
  if (image.samples.size() % image.row_bytes() != 0 ||
      image.samples.size() / image.row_bytes() != image.size.height_px) {
    return fail(Code::argument_invalid, "the samples do not fill the image");
  }
  try {
    auto file = write_checked(image, effort);
    image = Image();  // its memory serves for the trimmed copy of the file
    if (file) file->shrink_to_fit();
    return file;
  } catch (const std::bad_alloc&) {
    return fail(Code::out_of_memory);
  } catch (const std::length_error&) {
    return fail(Code::out_of_memory);
  }
}

}  // namespace locket::codec
