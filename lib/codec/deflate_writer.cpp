#include "codec/deflate_writer.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace locket::codec {
namespace {

constexpr std::size_t history_bytes = match_distance_max;
constexpr std::size_t strip_bytes = 64 * 1024;
constexpr std::size_t lookahead_bytes = match_bytes_max + sizeof(std::uint64_t);
constexpr std::size_t slack_bytes = 64;  // what may be read past the end of what is filled

constexpr std::size_t key_bytes = 6;
constexpr unsigned table_bits = 14;
constexpr std::size_t run_bytes_min = 4;
constexpr std::size_t always_pays_bytes = 16;  // a match so long is never dearer than its literals
constexpr std::size_t good_match_bytes = 32;   // not worth a look for a longer one at the next pixel
constexpr unsigned misses_a_step_log2 = 5;
constexpr std::size_t step_pixels_max = 8;
constexpr std::size_t inserted_of_run = 3 * key_bytes;

template <class Word>
Word load(const std::uint8_t* from) noexcept {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

/// How many bytes are equal, at most `longest`; both may be read a word past that.
std::size_t equal_bytes(const std::uint8_t* left, const std::uint8_t* right, std::size_t longest) noexcept {
  for (std::size_t at = 0; at < longest; at += sizeof(std::uint64_t)) {
    const std::uint64_t difference = load<std::uint64_t>(left + at) ^ load<std::uint64_t>(right + at);
    if (difference != 0) {
      return std::min(longest, at + static_cast<std::size_t>(std::countr_zero(difference)) / 8);
    }
  }
  return longest;
}

}  // namespace

DeflateWriter::DeflateWriter(RowShape shape, std::uint8_t* out)
    : shape_(shape),
      window_(std::make_unique<std::uint8_t[]>(history_bytes + lookahead_bytes + strip_bytes + shape.row_bytes +
                                               slack_bytes)),
      row_end_(shape.row_bytes),
      // Places never seen hold 0, which is then farther away than any match may be.
      window_offset_(2 * match_distance_max),
      table_(std::make_unique<std::uint32_t[]>(std::size_t{1} << table_bits)),
      out_(out),
      blocks_(out + 2) {
  out_[0] = 0x78;  // deflate, a window of 32 KiB
  out_[1] = 0x01;  // the fastest algorithm; makes the two bytes a multiple of 31
}

void DeflateWriter::commit_row() noexcept {
  checksum_ = libdeflate_adler32(checksum_, window_.get() + filled_, shape_.row_bytes);
  filled_ += shape_.row_bytes;
  if (filled_ - parsed_ < strip_bytes + lookahead_bytes) return;
  parse(filled_, filled_ - lookahead_bytes);
  slide();
}

std::uint8_t* DeflateWriter::finish() noexcept {
  parse(filled_, filled_ < key_bytes ? 0 : filled_ - key_bytes);
  blocks_.add_literals(window_.get() + parsed_, filled_ - parsed_);
  std::uint8_t* end = blocks_.finish();
  for (unsigned shift = 32; shift > 0; shift -= 8) *end++ = static_cast<std::uint8_t>(checksum_ >> (shift - 8));
  return end;
}

void DeflateWriter::slide() noexcept {
  if (parsed_ <= history_bytes) return;
  const std::size_t dropped = parsed_ - history_bytes;
  std::memmove(window_.get(), window_.get() + dropped, filled_ - dropped);
  parsed_ -= dropped;
  filled_ -= dropped;
  row_end_ -= dropped;
  window_offset_ += static_cast<std::uint32_t>(dropped);
}

inline std::uint32_t DeflateWriter::exchange_place(std::size_t at, std::uint64_t next_bytes) noexcept {
  constexpr std::uint64_t mixer = 0x9E37'79B9'7F4A'7C15;  // 2^64 over the golden ratio
  std::uint32_t& place = table_[(next_bytes << (64 - 8 * key_bytes)) * mixer >> (64 - table_bits)];
  return std::exchange(place, window_offset_ + static_cast<std::uint32_t>(at));
}

/// A run of the byte before, starting anywhere within the pixel at `at`.
inline DeflateWriter::Match DeflateWriter::find_run(std::size_t at, std::size_t end) const noexcept {
  const std::uint8_t* const here = window_.get() + at;
  // Byte by byte, zero where a byte equals the one before it. Whichever byte of the pixel a run starts with, it holds
  // those from the pixel's last to the fourth; that one test sorts out nearly all pixels.
  std::uint64_t difference = load<std::uint64_t>(here) ^ load<std::uint64_t>(here - 1);
  const std::uint32_t common = 0xFFFF'FFFFU << (8 * (shape_.pixel_bytes - 1));
  if ((difference & common) != 0) return {};
  for (std::size_t skipped = 0; skipped < shape_.pixel_bytes; ++skipped, difference >>= 8) {
    if (static_cast<std::uint32_t>(difference) != 0) continue;
    const std::size_t start = at + skipped;
    const std::size_t longest = std::min(match_bytes_max, end - start);
    return {start, equal_bytes(window_.get() + start, window_.get() + start - 1, longest), 1};
  }
  return {};
}

inline DeflateWriter::Match DeflateWriter::find_match(std::size_t at, std::size_t end) noexcept {
  const std::uint8_t* const here = window_.get() + at;
  const auto next_bytes = load<std::uint64_t>(here);
  const std::uint32_t seen = exchange_place(at, next_bytes);
  const std::size_t distance = window_offset_ + static_cast<std::uint32_t>(at) - seen;
  if (distance - 1 >= std::min(at, match_distance_max)) return {};
  const std::uint64_t difference = load<std::uint64_t>(here - distance) ^ next_bytes;
  if (difference << (64 - 8 * key_bytes) != 0) return {};
  return {at, equal_bytes(here, here - distance, std::min(match_bytes_max, end - at)), distance};
}

bool DeflateWriter::pays(Match match) const noexcept {
  if (match.length >= always_pays_bytes) return true;
  const SymbolPrices& prices = blocks_.prices();
  std::uint32_t literals = 0;
  for (std::size_t at = match.start; at < match.end(); ++at) literals += prices.literal[window_[at]];
  return literals > std::uint32_t{prices.length[length_symbol(match.length) - length_symbols_first]} +
                        prices.distance[distance_symbol(match.distance)];
}

/// The first pixel that starts at `at` or later.
std::size_t DeflateWriter::next_pixel(std::size_t at) noexcept {
  while (at >= row_end_) row_end_ += shape_.row_bytes;
  const std::size_t row_start = row_end_ - shape_.row_bytes;
  const std::size_t bytes = at - std::min(at, row_start + 1);
  const std::size_t pixel = row_start + 1 + (bytes + shape_.pixel_bytes - 1) / shape_.pixel_bytes * shape_.pixel_bytes;
  return pixel < row_end_ ? pixel : row_end_ + 1;
}

void DeflateWriter::parse(std::size_t end, std::size_t limit) noexcept {
  const std::uint8_t* const window = window_.get();
  std::size_t literals = parsed_;
  std::size_t at = next_pixel(parsed_);
  while (at < limit) {
    Match match = find_run(at, end);
    if (match.length == 0) {
      match = find_match(at, end);
      if (match.length != 0) {
        while (match.start > literals && match.length < match_bytes_max &&
               window[match.start - 1] == window[match.start - 1 - match.distance]) {
          --match.start;
          ++match.length;
        }
        if (!pays(match)) match.length = 0;
      }
    }
    if (match.length == 0) {
      at += shape_.pixel_bytes;
      if (at >= row_end_) at = next_pixel(at);
      continue;
    }
    blocks_.add_literals(window + literals, match.start - literals);
    blocks_.add_match(match.length, match.distance);
    std::size_t inserted = at + shape_.pixel_bytes;
    if (match.distance == 1 && match.length > inserted_of_run) inserted = next_pixel(match.end() - inserted_of_run);
    const std::size_t match_end = std::min(match.end(), limit);
    for (; inserted < match_end; inserted += shape_.pixel_bytes) {
      exchange_place(inserted, load<std::uint64_t>(window + inserted));
    }
    literals = match.end();
    at = next_pixel(literals);
  }
  parsed_ = std::min(std::max(at, literals), end);
  blocks_.add_literals(window + literals, parsed_ - literals);
}

}  // namespace locket::codec
