#include "codec/match_finder.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "codec/fixed_log.hpp"

namespace locket::codec {
namespace {

static_assert(std::endian::native == std::endian::little, "the first differing byte is found by the lowest bit");

constexpr unsigned hasty_table_bits = 14;  // stays in the nearest caches
constexpr unsigned short_table_bits = 15;
constexpr unsigned long_table_bits = 16;  // few false candidates: each one costs a mispredicted branch
constexpr std::uint32_t window = match_distance_max;
constexpr std::int32_t bit = 16;            // prices are sixteenths of a bit
constexpr std::uint32_t good_length = 128;  // such a match is taken without looking further
constexpr std::uint32_t lazy_length = 32;   // a shorter one waits for a better one at the next place
constexpr std::uint32_t remembered_at_ends = 32;
constexpr std::int32_t hasty_gain_min = 8 * bit;   // a match breaks the hasty search's stride
constexpr std::uint32_t length_sure_to_gain = 34;  // at a bit or more a byte, beside at most 25 bits of a match
constexpr std::uint32_t priced_bytes = 8;          // of a match, whose literals are priced one by one
constexpr std::uint32_t long_bytes = 6;

std::uint32_t load4(const std::uint8_t* at) noexcept {
  std::uint32_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

std::uint64_t load8(const std::uint8_t* at) noexcept {
  std::uint64_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

/// How many bytes are equal, at most `most`; 8 bytes behind that may be read.
std::uint32_t equal_bytes(const std::uint8_t* a, const std::uint8_t* b, std::uint32_t most) noexcept {
  for (std::uint32_t done = 0; done < most; done += 8) {
    const std::uint64_t difference = load8(a + done) ^ load8(b + done);
    if (difference != 0) return std::min(most, done + static_cast<std::uint32_t>(std::countr_zero(difference)) / 8);
  }
  return most;
}

/// The lowest bytes of eight, spread over a table's entries.
template <unsigned bytes, unsigned table_bits>
std::uint32_t hash(std::uint64_t eight) noexcept {
  return static_cast<std::uint32_t>((eight << (64 - 8 * bytes)) * 0x9E37'79B9'7F4A'7C15U >> (64 - table_bits));
}

std::uint32_t short_hash(std::uint64_t eight) noexcept { return hash<match_length_min, short_table_bits>(eight); }
std::uint32_t long_hash(std::uint64_t eight) noexcept { return hash<long_bytes, long_table_bits>(eight); }

/// About what a match costs: its symbols' codes, of which near distances have
/// the shorter ones, and the extra bits.
std::int32_t match_price(std::uint32_t length, std::uint32_t distance) noexcept {
  const auto distance_extra = static_cast<unsigned>(std::bit_width((distance - 1) | 2)) - 2;  // as RFC 1951's table
  const unsigned extra = symbol_table.length_extra_bits[symbol_table.length_symbol[length]] + distance_extra;
  return static_cast<std::int32_t>(extra + (distance <= 4 ? 5 : 7)) * bit;
}

/// How many earlier places may be looked at for each of the `searched` ones, so
/// that a part takes about the same time whether it is full of matches or has
/// none.
std::uint32_t chain_steps_for(std::uint32_t bytes, std::uint32_t searched) noexcept {
  return std::clamp(bytes / (2 * std::max(searched, 1U)), 8U, 64U);
}

Sequence sequence_of(std::uint32_t literals, std::uint32_t length, std::uint32_t distance) noexcept {
  return {literals, static_cast<std::uint16_t>(length), static_cast<std::uint16_t>(distance)};
}

}  // namespace

MatchFinder::MatchFinder(const MatchSettings& settings)
    : settings_(settings),
      place_(match_history_bytes),
      stream_start_(match_history_bytes),
      row_start_(match_history_bytes + 1),
      chain_steps_(8),
      short_heads_(settings.search != MatchSearch::hasty ? std::size_t{1} << short_table_bits : 0),
      long_heads_(std::size_t{1} << (settings.search != MatchSearch::hasty ? long_table_bits : hasty_table_bits)),
      chain_(settings.search != MatchSearch::hasty ? window : 0) {}

void MatchFinder::move_down(std::uint32_t bytes) noexcept {
  place_ -= bytes;
  stream_start_ -= std::min(stream_start_, bytes);
  row_start_ -= std::min(row_start_, bytes);
  for (auto* const table : {&short_heads_, &long_heads_, &chain_}) {
    for (std::uint32_t& place : *table) place -= std::min(place, bytes);
  }
}

/// Literals are priced by how often each byte came lately, so that a match of
/// cheap bytes is not taken too dearly.
void MatchFinder::price_literals(const std::uint8_t* bytes, std::size_t count) noexcept {
  for (std::uint32_t& each : literal_counts_) each /= 4;
  // Two tables: equal neighbours would wait for each other's count. The strides meet every byte of a pixel.
  std::array<std::uint32_t, 256> others{};
  for (std::size_t at = 0; at + 13 < count; at += 29) {
    ++literal_counts_[bytes[at]];
    ++others[bytes[at + 13]];
  }
  for (std::size_t i = 0; i < others.size(); ++i) literal_counts_[i] += others[i];
  std::uint32_t total = 256;
  for (const std::uint32_t each : literal_counts_) total += each;
  const std::uint32_t all = fixed_log2(total);
  for (std::size_t i = 0; i < literal_price_.size(); ++i) {
    const std::uint32_t price = (all - fixed_log2(literal_counts_[i] + 1)) / 16;
    literal_price_[i] = static_cast<std::uint8_t>(std::clamp<std::uint32_t>(price, bit, 15 * bit));
  }
}

/// Without branches: how many of the first bytes are meant goes any way.
std::int32_t MatchFinder::gain_of(const std::uint8_t* bytes, const Match& match) const noexcept {
  static_assert(priced_bytes == sizeof(std::uint64_t));
  std::uint64_t prices = 0;
  for (std::uint32_t i = 0; i < priced_bytes; ++i) prices |= std::uint64_t{literal_price_[bytes[i]]} << 8 * i;
  prices &= ~std::uint64_t{0} >> 8 * (priced_bytes - std::min(match.length, priced_bytes));
  constexpr std::uint64_t even_bytes = 0x00FF'00FF'00FF'00FF;
  const std::uint64_t sums = (prices & even_bytes) + (prices >> 8 & even_bytes);
  const auto literals = static_cast<std::uint32_t>(sums * 0x0001'0001'0001'0001U >> 48);
  return static_cast<std::int32_t>(literals * std::max(match.length, priced_bytes) / priced_bytes) -
         match_price(match.length, match.distance);
}

/// The next place, from `place` on, where a pixel begins.
template <std::uint32_t step>
std::uint32_t MatchFinder::next_start(std::uint32_t place) noexcept {
  if constexpr (step == 1) return place;
  while (place >= row_start_ + settings_.row_bytes - 1) row_start_ += settings_.row_bytes;
  if (place <= row_start_) return row_start_;
  const std::uint32_t over = (place - row_start_) % step;
  if (over == 0) return place;
  const std::uint32_t next = place + step - over;
  return next == row_start_ + settings_.row_bytes - 1 ? next + 1 : next;
}

void MatchFinder::finish(const Stretch& stretch, std::uint32_t done, std::uint32_t place,
                         std::vector<Sequence>& sequences) {
  const std::uint32_t stop = std::max(done, std::min(std::max(place, stretch.limit), stretch.end));
  if (stop > done) sequences.push_back(sequence_of(stop - done, 0, 0));
  place_ = stop;
}

template <std::uint32_t step>
void MatchFinder::search_in_haste(const Stretch& stretch, std::vector<Sequence>& sequences) {
  constexpr std::uint32_t skip_max = 63;
  const std::uint8_t* const buffer = stretch.buffer;
  const std::uint32_t stop_at = std::min(stretch.limit, stretch.end);
  std::uint32_t done = place_;
  std::uint32_t place = next_start<step>(place_);
  std::uint32_t misses = 0;
  while (place < stop_at) {
    const std::uint64_t eight = load8(buffer + place);
    Match match{0, place - std::exchange(long_heads_[hash<long_bytes, hasty_table_bits>(eight)], place), 0};
    if (match.distance <= window && (load8(buffer + place - match.distance) ^ eight) << (64 - 8 * long_bytes) == 0) {
      const std::uint32_t length_max = std::min(stretch.end - place, match_length_max);
      match.length = equal_bytes(buffer + place, buffer + place - match.distance, length_max);
    }
    if (match.length < length_sure_to_gain &&
        (match.length < match_length_min || gain_of(buffer + place, match) < hasty_gain_min)) {
      // Where nothing repeats, it is looked for less and less often.
      place = next_start<step>(place + step * (1 + std::min(misses++ / 5, skip_max)));
      continue;
    }
    misses = 0;
    sequences.push_back(sequence_of(place - done, match.length, match.distance));
    done = place + match.length;
    place = next_start<step>(done);
  }
  finish(stretch, done, place, sequences);
}

/// Calls the tables' entries of some bytes nearer, which are wanted soon.
void MatchFinder::prefetch(const std::uint8_t* bytes) const noexcept {
  const std::uint64_t eight = load8(bytes);
  __builtin_prefetch(&long_heads_[long_hash(eight)], 1);
  __builtin_prefetch(&short_heads_[short_hash(eight)], 1);
}

/// The longest match, and of equally long ones the nearest. The place is remembered.
template <std::uint32_t step>
MatchFinder::Match MatchFinder::longest_at(const Stretch& stretch, std::uint32_t place) noexcept {
  const std::uint8_t* const here = stretch.buffer + place;
  const std::uint32_t length_max = std::min(stretch.end - place, match_length_max);
  const std::uint64_t eight = load8(here);
  prefetch(here + step);
  std::uint32_t earlier = std::exchange(long_heads_[long_hash(eight)], place);
  const std::uint32_t near = std::exchange(short_heads_[short_hash(eight)], place);
  std::uint32_t* const chain = chain_.data();
  chain[place % window] = earlier;
  Match best;
  for (std::uint32_t steps = chain_steps_; steps > 0 && place - earlier <= window; --steps) {
    const std::uint32_t last = std::max(best.length, 3U) - 3;  // the end of a longer match, which differs most often
    if (load4(stretch.buffer + earlier + last) == load4(here + last)) {
      const std::uint32_t length = equal_bytes(here, stretch.buffer + earlier, length_max);
      if (length > best.length) {
        best = {length, place - earlier, 0};
        if (length >= good_length || length == length_max) return best;
      }
    }
    const std::uint32_t before = chain[earlier % window];
    if (before >= earlier) break;  // a later place took its entry
    earlier = before;
  }
  if (best.length >= long_bytes || place - near > window) return best;
  const std::uint64_t difference = load8(stretch.buffer + near) ^ eight;
  if ((difference & 0xFF'FFFF) != 0) return best;
  const auto equal = difference == 0 ? 8U : static_cast<std::uint32_t>(std::countr_zero(difference)) / 8;
  const std::uint32_t length = std::min(length_max, equal);
  return length > best.length ? Match{length, place - near, 0} : best;
}

/// The match that saves most, if any does. The place is remembered.
template <std::uint32_t step>
MatchFinder::Match MatchFinder::best_at(const Stretch& stretch, std::uint32_t place) noexcept {
  Match match = longest_at<step>(stretch, place);
  if (match.length < match_length_min) return {};
  if (step != 1 && match.length >= length_sure_to_gain) return match;
  match.gain = gain_of(stretch.buffer + place, match);
  return match.gain > 0 ? match : Match{};
}

void MatchFinder::remember(const std::uint8_t* buffer, std::uint32_t place) noexcept {
  const std::uint64_t eight = load8(buffer + place);
  short_heads_[short_hash(eight)] = place;
  chain_[place % window] = std::exchange(long_heads_[long_hash(eight)], place);
}

/// Remembers the places of a match from `from` on; of a long one only some at its start and its end.
template <std::uint32_t step>
void MatchFinder::remember_inside(const std::uint8_t* buffer, std::uint32_t from, std::uint32_t to) noexcept {
  if (to <= from) return;
  const bool whole = to - from <= 2 * remembered_at_ends;
  const std::uint32_t head_end = whole ? to : from + remembered_at_ends;
  std::uint32_t place = next_start<step>(from);
  for (; place < head_end; place = next_start<step>(place + step)) remember(buffer, place);
  if (!whole) place = next_start<step>(to - remembered_at_ends);
  for (; place < to; place = next_start<step>(place + step)) remember(buffer, place);
}

template <std::uint32_t step>
void MatchFinder::search(const Stretch& stretch, std::vector<Sequence>& sequences) {
  const std::uint8_t* const buffer = stretch.buffer;
  const std::uint32_t first = place_;
  const std::uint32_t stop_at = std::min(stretch.limit, stretch.end);
  std::uint32_t done = place_;
  std::uint32_t place = next_start<step>(place_);
  std::uint32_t misses = 0;
  std::uint32_t searched = 0;
  while (place < stop_at) {
    ++searched;
    Match match = best_at<step>(stretch, place);
    if (match.length == 0) {
      place = next_start<step>(place + step * (1 + std::min(++misses / 32, 7U)));
      continue;
    }
    misses = 0;
    std::uint32_t inside = place + step;
    // A match waits for a better one at the next byte. A whole pixel would be too dear to leave out.
    while (step == 1 && match.length < lazy_length && inside < stretch.end) {
      ++searched;
      const Match later = best_at<step>(stretch, inside++);
      if (later.gain <= match.gain + bit) break;
      match = later;
      place = inside - 1;
    }
    const std::uint32_t match_end = place + match.length;
    while (place > done && match.length < match_length_max && place > stream_start_ + match.distance &&
           buffer[place - 1] == buffer[place - 1 - match.distance]) {
      --place;
      ++match.length;
    }
    sequences.push_back(sequence_of(place - done, match.length, match.distance));
    remember_inside<step>(buffer, inside, match_end);
    done = match_end;
    place = next_start<step>(match_end);
  }
  finish(stretch, done, place, sequences);
  chain_steps_ = chain_steps_for(place_ - first, searched);
}

/// The search with the settings' step.
template <std::uint32_t step>
void MatchFinder::search_by(const Stretch& stretch, std::vector<Sequence>& sequences) {
  switch (settings_.search) {
    case MatchSearch::hasty: return search_in_haste<step>(stretch, sequences);
    case MatchSearch::pixels: return search<step>(stretch, sequences);
    case MatchSearch::bytes: return search<1>(stretch, sequences);
  }
}

void MatchFinder::find(const std::uint8_t* buffer, std::uint32_t limit, std::uint32_t end,
                       std::vector<Sequence>& sequences) {
  price_literals(buffer + place_, std::min(limit, end) - place_);
  const Stretch stretch{buffer, limit, end};
  switch (settings_.pixel_bytes) {
    case 2: return search_by<2>(stretch, sequences);
    case 3: return search_by<3>(stretch, sequences);
    case 4: return search_by<4>(stretch, sequences);
    default: return search_by<1>(stretch, sequences);
  }
}

}  // namespace locket::codec
