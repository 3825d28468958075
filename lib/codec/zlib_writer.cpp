#include "codec/zlib_writer.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace locket::codec {
namespace {

constexpr std::uint32_t part_bytes = 24'576;            // what is looked at whole before a block may end
constexpr std::uint32_t block_raw_bytes_max = 327'680;  // so that memory has a bound
constexpr std::uint32_t look_ahead_bytes = 512;         // a match at the end of a part may go on
constexpr std::uint32_t moved_at = match_history_bytes + block_raw_bytes_max + part_bytes + look_ahead_bytes;
constexpr std::uint32_t first_place_bytes_max = 32'768;
static_assert(write_margin_bytes >= match_read_ahead_bytes);

constexpr std::size_t buffer_bytes_for(std::uint32_t place_bytes) noexcept {
  return std::size_t{moved_at} + place_bytes + write_margin_bytes;
}

}  // namespace

ZlibWriter::ZlibWriter(const MatchSettings& settings, Bytes& out)
    : out_(out),
      finder_(settings),
      place_bytes_max_(first_place_bytes_max),
      buffer_(std::make_unique_for_overwrite<std::uint8_t[]>(buffer_bytes_for(place_bytes_max_))),
      block_start_(finder_.place()),
      filled_(block_start_) {
  out_.push_back(std::byte{0x78});  // deflate, a window of 32 KiB
  out_.push_back(std::byte{0x01});  // no dictionary; makes both bytes a multiple of 31
}

std::uint8_t* ZlibWriter::place_for(std::uint32_t bytes) {
  make_room();
  if (bytes > place_bytes_max_) {
    auto larger = std::make_unique_for_overwrite<std::uint8_t[]>(buffer_bytes_for(bytes));
    std::memcpy(larger.get(), buffer_.get(), filled_);
    buffer_ = std::move(larger);
    place_bytes_max_ = bytes;
  }
  return buffer_.get() + filled_;
}

void ZlibWriter::take(std::uint32_t bytes) {
  adler_ = libdeflate_adler32(adler_, buffer_.get() + filled_, bytes);
  filled_ += bytes;
  while (filled_ - finder_.place() >= part_bytes + look_ahead_bytes) compress_part(false);
}

void ZlibWriter::finish() {
  // What is read behind the end may not depend on what the memory held.
  std::memset(buffer_.get() + filled_, 0, match_read_ahead_bytes);
  while (finder_.place() < filled_) compress_part(true);
  end_block(sequences_, filled_, true);
  for (const unsigned shift : {24U, 16U, 8U, 0U}) out_.push_back(static_cast<std::byte>(adler_ >> shift & 0xFF));
}

void ZlibWriter::compress_part(bool last) {
  const std::uint32_t start = finder_.place();
  const std::size_t known = sequences_.size();
  finder_.find(buffer_.get(), std::min(start + part_bytes, last ? filled_ : filled_ - look_ahead_bytes), filled_,
               sequences_);
  SymbolCounts part;
  part.add(std::span(sequences_).subspan(known), buffer_.get() + start);
  SymbolCounts merged = counts_;
  merged.add(part);
  const std::uint64_t part_price = part.price();
  const std::uint64_t merged_price = merged.price();
  const bool goes_on =
      known == 0 || (merged_price <= price_ + part_price && finder_.place() - block_start_ <= block_raw_bytes_max);
  if (!goes_on) {
    end_block(std::span(sequences_).first(known), start, false);
    sequences_.erase(sequences_.begin(), sequences_.begin() + static_cast<std::ptrdiff_t>(known));
  }
  counts_ = goes_on ? merged : part;
  price_ = goes_on ? merged_price : part_price;
}

void ZlibWriter::end_block(std::span<const Sequence> sequences, std::uint32_t end, bool last) {
  ++counts_.literals[end_of_block_symbol];
  write_block(sink_, out_, sequences, counts_, buffer_.get() + block_start_, end - block_start_, last);
  block_start_ = end;
}

/// Frees the room of what was written and is out of the window, where too little is left.
void ZlibWriter::make_room() {
  if (filled_ <= moved_at) return;
  const std::uint32_t down = (block_start_ - match_distance_max - 1) / match_distance_max * match_distance_max;
  std::memmove(buffer_.get(), buffer_.get() + down, filled_ - down);
  finder_.move_down(down);
  block_start_ -= down;
  filled_ -= down;
}

}  // namespace locket::codec
