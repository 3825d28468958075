#include "codec/zlib_stream.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace locket::codec {
namespace {

using Entry = DeflateEntry;

constexpr std::size_t history_bytes = 32'768;
constexpr std::size_t staged_bytes = 32'768;
constexpr std::size_t match_bytes_max = 258;
constexpr std::uint64_t bytes_between_pairings = 1'024;

std::unexpected<Error> broken(const char* how) { return fail(Code::picture_data_invalid, how); }

/// RFC 1951, section 3.2.6. Made once: a block of these codes may be as short as ten bits.
struct FixedTables {
  LiteralTable literals;
  DistanceTable distances;

  FixedTables() noexcept {
    std::array<std::uint8_t, 288> literal_bits{};
    std::fill_n(literal_bits.begin(), 144, std::uint8_t{8});
    std::fill_n(literal_bits.begin() + 144, 112, std::uint8_t{9});
    std::fill_n(literal_bits.begin() + 256, 24, std::uint8_t{7});
    std::fill_n(literal_bits.begin() + 280, 8, std::uint8_t{8});
    std::array<std::uint8_t, 32> distance_bits{};
    distance_bits.fill(5);
    static_cast<void>(fill_table(literals, literal_bits));  // both codes are whole
    static_cast<void>(fill_table(distances, distance_bits));
    pair_literals(literals);
  }
};

const FixedTables& fixed_tables() noexcept {
  static const FixedTables tables;
  return tables;
}

}  // namespace

ZlibStream::ZlibStream(PieceSource& source, std::size_t portion_bytes_max, Kernel kernel)
    : source_(source),
      kernel_(inflate_kernel(kernel)),
      staged_(staged_bytes + inflate_input_slack_bytes),
      window_(slack_bytes + history_bytes + portion_bytes_max + match_bytes_max + inflate_output_slack_bytes +
              slack_bytes),
      portion_bytes_max_(portion_bytes_max),
      start_(slack_bytes),
      given_(start_),
      made_(start_),
      checked_(start_) {}

Result<std::span<const std::uint8_t>> ZlibStream::read(std::size_t bytes) {
  bytes = std::min(bytes, portion_bytes_max_);
  make_room(bytes);
  if (Result<void> decoded = decode(given_ + bytes); !decoded) return std::unexpected(std::move(decoded.error()));
  const std::size_t count = std::min(bytes, made_ - given_);
  const std::span<const std::uint8_t> portion(window_.data() + given_, count);
  given_ += count;
  return portion;
}

/// Moves the history and what was not given yet to the window's front when a portion would not fit behind it.
void ZlibStream::make_room(std::size_t bytes) noexcept {
  if (given_ + bytes + match_bytes_max + inflate_output_slack_bytes + slack_bytes <= window_.size()) return;
  const std::size_t kept = std::min(given_ - start_, history_bytes);
  const std::size_t from = given_ - kept;
  std::memmove(window_.data() + slack_bytes, window_.data() + from, made_ - from);
  const std::size_t moved = from - slack_bytes;
  start_ = slack_bytes;
  given_ -= moved;
  made_ -= moved;
  checked_ -= moved;
}

Result<void> ZlibStream::decode(std::size_t target) {
  // Once every byte is there, only what makes none may still be read: the end of the block and the checksum.
  while (phase_ != Phase::done && !starved_ && made_ < target) {
    Result<void> step;
    switch (phase_) {
      case Phase::header: step = take_header(); break;
      case Phase::block_header: step = take_block_header(); break;
      case Phase::stored: step = take_stored(target); break;
      case Phase::coded: step = take_symbols(target); break;
      case Phase::trailer: step = take_trailer(); break;
      case Phase::done: break;
    }
    if (!step) return step;
  }
  check_new_bytes();
  return {};
}

void ZlibStream::check_new_bytes() noexcept {
  adler_ = libdeflate_adler32(adler_, window_.data() + checked_, made_ - checked_);
  checked_ = made_;
}

/// Moves what is left of the staged input to the front and fills up behind it; zeros follow the end of the stream.
void ZlibStream::stage_input() noexcept {
  if (source_ended_ || in_end_ - in_ >= inflate_input_slack_bytes) return;
  std::memmove(staged_.data(), staged_.data() + in_, in_end_ - in_);
  in_end_ -= in_;
  moved_bytes_ += in_;
  in_ = 0;
  while (in_end_ < staged_bytes && !source_ended_) {
    if (piece_.empty()) {
      source_ended_ = !source_.next(piece_);
      continue;
    }
    const std::size_t count = std::min(piece_.size(), staged_bytes - in_end_);
    std::memcpy(staged_.data() + in_end_, piece_.data(), count);
    piece_ = piece_.subspan(count);
    in_end_ += count;
  }
  std::memset(staged_.data() + in_end_, 0, inflate_input_slack_bytes);
}

/// Whether so many bits (at most 48) are known, after reading more where they are needed.
bool ZlibStream::have_bits(unsigned count) noexcept {
  if (bits_.count >= count) return true;
  stage_input();
  while (bits_.count <= 55 && in_ < in_end_) {
    bits_.bits |= std::uint64_t{staged_[in_++]} << bits_.count;
    bits_.count += 8;
  }
  return bits_.count >= count;
}

std::uint32_t ZlibStream::peek_bits(unsigned count) const noexcept {
  return static_cast<std::uint32_t>(bits_.bits & ((std::uint64_t{1} << count) - 1));
}

void ZlibStream::drop_bits(unsigned count) noexcept {
  bits_.bits >>= count;
  bits_.count -= count;
}

std::uint32_t ZlibStream::take_bits(unsigned count) noexcept {
  const std::uint32_t value = peek_bits(count);
  drop_bits(count);
  return value;
}

/// RFC 1950, section 2.2. How large a window the stream says it needs is not held against it: 32 KiB are always there.
Result<void> ZlibStream::take_header() {
  starved_ = !have_bits(16);
  if (starved_) return {};
  const std::uint32_t method = take_bits(8);
  const std::uint32_t flags = take_bits(8);
  if ((method & 15U) != 8 || (method >> 4) > 7 || (method * 256 + flags) % 31 != 0)
    return broken("a wrong zlib header");
  if ((flags & 0x20U) != 0) return broken("the zlib stream asks for a dictionary");
  phase_ = Phase::block_header;
  return {};
}

/// RFC 1951, section 3.2.3.
Result<void> ZlibStream::take_block_header() {
  if (last_block_) {
    phase_ = Phase::trailer;
    return {};
  }
  starved_ = !have_bits(3);
  if (starved_) return {};
  last_block_ = take_bits(1) == 1;
  switch (take_bits(2)) {
    case 0: {
      drop_bits(bits_.count & 7U);
      starved_ = !have_bits(32);
      if (starved_) return {};
      const std::uint32_t length = take_bits(16);
      if (take_bits(16) != (length ^ 0xFFFFU)) return broken("a stored block whose length is not confirmed");
      stored_left_ = length;
      phase_ = Phase::stored;
      return {};
    }
    case 1:
      literals_now_ = &fixed_tables().literals;
      distances_now_ = &fixed_tables().distances;
      phase_ = Phase::coded;
      return {};
    case 2: return take_tables();
    default: return broken("an unknown kind of block");
  }
}

/// RFC 1951, section 3.2.7.
Result<void> ZlibStream::take_tables() {
  starved_ = !have_bits(14);
  if (starved_) return {};
  const std::size_t literals = take_bits(5) + 257;
  const std::size_t distances = take_bits(5) + 1;
  const std::size_t length_codes = take_bits(4) + 4;
  if (literals > 286 || distances > 30) return broken("too many codes");
  constexpr std::array<std::uint8_t, 19> order{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  std::array<std::uint8_t, 19> code_bits{};
  for (std::size_t i = 0; i < length_codes; ++i) {
    starved_ = !have_bits(3);
    if (starved_) return {};
    code_bits[order[i]] = static_cast<std::uint8_t>(take_bits(3));
  }
  if (!fill_table(length_codes_, code_bits)) return broken("a code of lengths that is not whole");

  std::array<std::uint8_t, 286 + 30> symbol_bits{};
  for (std::size_t i = 0; i < literals + distances;) {
    static_cast<void>(have_bits(7 + 7));  // at the very end fewer may do
    const std::uint32_t entry = length_codes_.entries[peek_bits(LengthCodeTable::root_bits)];
    const std::uint32_t symbol = entry >> Entry::value_shift;
    const unsigned extra_bits = symbol < 16 ? 0 : symbol == 18 ? 7 : symbol - 14;
    starved_ = bits_.count < (entry & 63) + extra_bits;
    if (starved_) return {};
    drop_bits(entry & 63);
    if (symbol < 16) {
      symbol_bits[i++] = static_cast<std::uint8_t>(symbol);
      continue;
    }
    if (symbol == 16 && i == 0) return broken("a repeated length without a first");
    const std::size_t times = take_bits(extra_bits) + (symbol == 18 ? 11U : 3U);
    if (times > literals + distances - i) return broken("more lengths than there are codes");
    std::fill_n(symbol_bits.begin() + static_cast<std::ptrdiff_t>(i), times,
                symbol == 16 ? symbol_bits[i - 1] : std::uint8_t{0});
    i += times;
  }
  const std::span<const std::uint8_t> all(symbol_bits);
  if (!fill_table(literals_, all.first(literals))) return broken("a code of literals that is not whole");
  if (!fill_table(distances_, all.subspan(literals, distances))) return broken("a code of distances that is not whole");
  literals_now_ = &literals_;
  distances_now_ = &distances_;
  // To pair takes ten times what the rest does; blocks that are shorter than that is worth could come by the thousand.
  if (taken_bytes() >= next_pairing_ && is_worth_pairing(all.first(literals))) {
    pair_literals(literals_);
    next_pairing_ = taken_bytes() + bytes_between_pairings;
  }
  phase_ = Phase::coded;
  return {};
}

Result<void> ZlibStream::take_stored(std::size_t target) {
  while (stored_left_ > 0 && made_ < target) {
    if (bits_.count >= 8) {  // whole bytes that were read ahead
      window_[made_++] = static_cast<std::uint8_t>(take_bits(8));
      --stored_left_;
      continue;
    }
    bits_ = {};
    stage_input();
    const std::size_t count = std::min({stored_left_, target - made_, in_end_ - in_});
    starved_ = count == 0;
    if (starved_) return {};
    std::memcpy(window_.data() + made_, staged_.data() + in_, count);
    in_ += count;
    made_ += count;
    stored_left_ -= count;
  }
  if (stored_left_ == 0) phase_ = Phase::block_header;
  return {};
}

Result<void> ZlibStream::take_symbols(std::size_t target) {
  while (made_ < target && !starved_ && phase_ == Phase::coded) {
    stage_input();
    if (in_end_ - in_ < inflate_input_slack_bytes) {  // the end of the stream: symbol by symbol
      const Result<bool> taken = take_symbol();
      if (!taken) return std::unexpected(taken.error());
      starved_ = !*taken;
      continue;
    }
    std::uint8_t* const window = window_.data();
    InflateState state{.bits = bits_,
                       .in = staged_.data() + in_,
                       .in_limit = staged_.data() + in_end_ - inflate_input_slack_bytes + 1,
                       .out = window + made_,
                       .out_limit = window + target,
                       .history_start = window + start_,
                       .literals = literals_now_,
                       .distances = distances_now_};
    const InflateStop stop = kernel_(state);
    bits_ = {state.bits.bits & ((std::uint64_t{1} << state.bits.count) - 1), state.bits.count};
    in_ = static_cast<std::size_t>(state.in - staged_.data());
    made_ = static_cast<std::size_t>(state.out - window);
    if (stop == InflateStop::damaged) return broken("a code or distance that does not exist");
    if (stop == InflateStop::end_of_block) phase_ = Phase::block_header;
  }
  return {};
}

/// One symbol, with every bit counted. Result: false when the input ends inside it.
Result<bool> ZlibStream::take_symbol() {
  const auto look_up = [this](const std::uint32_t* entries, unsigned root_bits) {
    std::uint32_t entry = entries[peek_bits(root_bits)];
    if ((entry & Entry::second_table) != 0 && (entry & Entry::special) != 0 && bits_.count >= root_bits) {
      drop_bits(root_bits);
      entry = entries[(entry >> Entry::value_shift & 0x7FFF) + peek_bits(entry >> 8 & 15)];
    }
    return entry;
  };
  const auto extra_of = [this](std::uint32_t entry) {
    const unsigned code_bits = entry >> 8 & 15;
    drop_bits(code_bits);
    return take_bits((entry & 63) - code_bits);
  };
  static_cast<void>(have_bits(48));  // a whole symbol, where there is one
  std::uint32_t entry = look_up(literals_now_->entries.data(), LiteralTable::root_bits);
  if ((entry & Entry::literal) != 0) {
    const unsigned code_bits = entry >> 8 & 15;  // of a pair the first one alone
    if (bits_.count < code_bits) return false;
    drop_bits(code_bits);
    window_[made_++] = static_cast<std::uint8_t>(entry >> Entry::value_shift);
    return true;
  }
  if (bits_.count < (entry & 63)) return false;
  if ((entry & Entry::special) != 0) {
    if ((entry & Entry::end_of_block) == 0) return broken("a code that does not exist");
    drop_bits(entry & 63);
    phase_ = Phase::block_header;
    return true;
  }
  const std::size_t length = (entry >> Entry::value_shift) + extra_of(entry);
  entry = look_up(distances_now_->entries.data(), DistanceTable::root_bits);
  if (bits_.count < (entry & 63)) return false;
  if ((entry & Entry::special) != 0) return broken("a distance that does not exist");
  const std::size_t distance = (entry >> Entry::value_shift) + extra_of(entry);
  if (distance > made_ - start_) return broken("a distance beyond the start");
  for (std::size_t i = 0; i < length; ++i, ++made_) window_[made_] = window_[made_ - distance];
  return true;
}

/// RFC 1950, section 2.2: the checksum of all that was inflated.
Result<void> ZlibStream::take_trailer() {
  drop_bits(bits_.count & 7U);
  starved_ = !have_bits(32);
  if (starved_) return {};
  check_new_bytes();
  std::uint32_t stated = 0;
  for (int i = 0; i < 4; ++i) stated = stated << 8 | take_bits(8);
  if (stated != adler_) return fail(Code::picture_checksum_wrong, "wrong Adler-32");
  phase_ = Phase::done;
  return {};
}

bool ZlibStream::used_all_input() noexcept {
  while (piece_.empty() && !source_ended_) source_ended_ = !source_.next(piece_);
  return bits_.count < 8 && in_ == in_end_ && piece_.empty();
}

Result<Bytes> inflate_exactly(BytesView stream, std::size_t bytes) {
  constexpr std::size_t portion_bytes = 65'536;
  OnePiece piece(stream);
  ZlibStream zlib(piece, portion_bytes, chosen_kernel());
  Bytes inflated(bytes);
  for (std::size_t done = 0;;) {
    const Result<std::span<const std::uint8_t>> portion = zlib.read(portion_bytes);
    if (!portion) return std::unexpected(portion.error());
    if (portion->size() > bytes - done) return fail(Code::picture_data_invalid, "the zlib stream gives too much");
    const BytesView made = std::as_bytes(*portion);
    std::copy(made.begin(), made.end(), inflated.begin() + static_cast<std::ptrdiff_t>(done));
    done += portion->size();
    if (portion->size() == portion_bytes) continue;
    if (!zlib.ended() || done < bytes) return fail(Code::picture_truncated, "the zlib stream ends too early");
    if (!zlib.used_all_input()) return fail(Code::picture_data_invalid, "something follows the zlib stream");
    return inflated;
  }
}

}  // namespace locket::codec
