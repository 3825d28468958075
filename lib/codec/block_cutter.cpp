#include "codec/block_cutter.hpp"

#include <algorithm>
#include <cstring>

namespace locket::codec {
namespace {

constexpr std::uint64_t header_cost_256 = 600 * 256;  // of a typical block header; measured on pictures

constexpr std::uint32_t word_bits_guess_max = 13;

/// Of a symbol that occurred `count` times, half a time more so that none is impossible.
std::uint8_t price_8(std::uint32_t total_log_256, std::uint32_t count, unsigned extra_bits) noexcept {
  const std::uint32_t bits_8 = (total_log_256 - log2_256(2 * count + 1)) / 32;
  return static_cast<std::uint8_t>(std::min(bits_8, 8 * word_bits_guess_max) + 8 * extra_bits);
}

template <std::size_t size>
std::uint32_t total_log_256(const std::array<std::uint32_t, size>& counts) noexcept {
  std::uint32_t total = size;
  for (const std::uint32_t count : counts) total += 2 * count;
  return log2_256(total);
}

}  // namespace

SymbolPrices::SymbolPrices() noexcept {
  for (std::size_t byte = 0; byte < literal.size(); ++byte) {
    const std::size_t size = byte < 128 ? byte : 256 - byte;
    literal[byte] = size == 0 ? 8 * 2 : size < 4 ? 8 * 4 : 8 * 7;
  }
  for (std::size_t slot = 0; slot < length.size(); ++slot) {
    length[slot] = static_cast<std::uint8_t>(8 * (7 + length_extra_bits(length_symbols_first + slot)));
  }
  for (std::size_t symbol = 0; symbol < distance.size(); ++symbol) {
    distance[symbol] = static_cast<std::uint8_t>(8 * (5 + distance_extra_bits(symbol)));
  }
}

SymbolPrices::SymbolPrices(const SymbolCounts& counts) noexcept {
  const std::uint32_t literal_length_total = total_log_256(counts.literal_length);
  for (std::size_t byte = 0; byte < literal.size(); ++byte) {
    literal[byte] = price_8(literal_length_total, counts.literal_length[byte], 0);
  }
  for (std::size_t slot = 0; slot < length.size(); ++slot) {
    const std::size_t symbol = length_symbols_first + slot;
    length[slot] = price_8(literal_length_total, counts.literal_length[symbol], length_extra_bits(symbol));
  }
  const std::uint32_t distance_total = total_log_256(counts.distance);
  for (std::size_t symbol = 0; symbol < distance.size(); ++symbol) {
    distance[symbol] = price_8(distance_total, counts.distance[symbol], distance_extra_bits(symbol));
  }
}

BlockCutter::BlockCutter(std::uint8_t* out)
    : writer_(out),
      literals_(std::make_unique_for_overwrite<std::uint8_t[]>(literals_max + read_slack_bytes)),
      sequences_(std::make_unique_for_overwrite<Sequence[]>(sequences_max)) {}

void BlockCutter::add_literals(const std::uint8_t* bytes, std::size_t count) noexcept {
  while (count > 0) {
    const std::size_t used = end_.literals - span_start_.literals + end_.sequences - span_start_.sequences;
    const std::size_t taken = std::min(count, span_symbols - used);
    // Most runs are short: whole steps of 16 bytes, past the end, beat a call with an exact count.
    for (std::size_t at = 0; at < taken; at += 16) std::memcpy(literals_.get() + end_.literals + at, bytes + at, 16);
    end_.literals += taken;
    run_ += taken;
    bytes += taken;
    count -= taken;
    if (used + taken == span_symbols) close_span();
  }
}

void BlockCutter::add_match(std::size_t length, std::size_t distance) noexcept {
  add_sequence(length, distance);
  if (end_.literals - span_start_.literals + end_.sequences - span_start_.sequences == span_symbols) close_span();
}

std::uint8_t* BlockCutter::finish() noexcept {
  close_span();
  write_waiting(true);
  return writer_.finish();
}

BlockContent BlockCutter::content(Mark from, Mark to) const noexcept {
  return {{literals_.get() + from.literals, to.literals - from.literals},
          {sequences_.get() + from.sequences, to.sequences - from.sequences}};
}

void BlockCutter::add_sequence(std::size_t length, std::size_t distance) noexcept {
  sequences_[end_.sequences++] = {static_cast<std::uint32_t>(run_), static_cast<std::uint16_t>(length),
                                  static_cast<std::uint16_t>(distance)};
  run_ = 0;
}

void BlockCutter::close_span() noexcept {
  if (run_ > 0) add_sequence(0, 0);  // so that a block can end here
  const SymbolCounts counts = count_symbols(content(span_start_, end_));
  prices_ = SymbolPrices(counts);
  const std::uint64_t cost = estimated_cost(counts);
  SymbolCounts both = waiting_counts_;
  both += counts;
  const std::uint64_t both_cost = estimated_cost(both);
  const bool full = end_.literals + span_symbols > literals_max || end_.sequences + span_symbols + 1 > sequences_max;
  const bool changed = waiting_cost_ + cost + header_cost_256 < both_cost;
  if (span_start_.sequences > 0 && (changed || full)) {
    write_waiting(false);
    waiting_counts_ = counts;
    waiting_cost_ = cost;
  } else {
    waiting_counts_ = both;
    waiting_cost_ = both_cost;
  }
  span_start_ = end_;
}

void BlockCutter::write_waiting(bool last) noexcept {
  write_block(writer_, content({}, span_start_), waiting_counts_, last);
  const BlockContent kept = content(span_start_, end_);
  std::copy(kept.literals.begin(), kept.literals.end(), literals_.get());
  std::copy(kept.sequences.begin(), kept.sequences.end(), sequences_.get());
  end_ = {kept.literals.size(), kept.sequences.size()};
  span_start_ = {};
}

}  // namespace locket::codec
