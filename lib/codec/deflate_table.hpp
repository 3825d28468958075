#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace locket::codec {

/// A table that decodes one Huffman code of deflate (RFC 1951, section 3.2.2) by looking its next bits up.
///
/// The first 2^root_bits entries are looked up by the next bits of the stream; codes longer than that go on in a second
/// table behind them. An entry is one number:
///   bits 0-7    how many bits it takes from the stream, extra bits included
///   bits 8-15   how many of these are the code itself
///   bits 16-30  the literal, the base of the length or distance, or where the second table starts
///   bit 31      `special`: see below
/// A literal has `literal`, which lies among the upper bits of bits 8-15. Where the next literal's code fits into the
/// bits of the look-up too, the entry has `pair` and means both: bits 8-11 are then the first one's code alone, and
/// bits 24-31 the second literal. So `literal` must be asked for before `special`. An entry with `special` is one of:
/// the end of the block (`end_of_block`), a second table (`second_table`; bits 8-11 tell its size), or no code at all.
struct DeflateEntry {
  static constexpr std::uint32_t special = 1U << 31;
  static constexpr std::uint32_t literal = 1U << 15;
  static constexpr std::uint32_t end_of_block = 1U << 14;
  static constexpr std::uint32_t second_table = 1U << 13;
  static constexpr unsigned pair_shift = 12;
  static constexpr std::uint32_t pair = 1U << pair_shift;
  static constexpr unsigned value_shift = 16;
};

/// The most bits of a code.
inline constexpr unsigned deflate_code_bits_max = 15;

/// The table of literals and lengths.
struct LiteralTable {
  static constexpr unsigned root_bits = 12;
  static constexpr std::size_t size = 4382;  ///< the most that 288 codes of up to 15 bits need with 12 at the root
  std::array<std::uint32_t, size> entries;
};

/// The table of distances.
struct DistanceTable {
  static constexpr unsigned root_bits = 8;
  std::array<std::uint32_t, 402> entries;  ///< the most that 32 codes of up to 15 bits need with 8 at the root
};

/// The table of the code that codes the lengths of the other two.
struct LengthCodeTable {
  static constexpr unsigned root_bits = 7;
  std::array<std::uint32_t, 128> entries;
};

/// Fills a table from the count of bits of each symbol (0: not used).
/// Result: whether the code is one that zlib accepts: never more codes than there is room for; fewer only when there
/// is no code at all or a single one of one bit; of literals, the end of the block among them. Of the code of lengths
/// none may be missing. What is looked up where there is no code gives an entry with `special` alone. Never fails
/// otherwise, allocates nothing. At most 288, 32 and 19 symbols of at most 15, 15 and 7 bits.
[[nodiscard]] bool fill_table(LiteralTable& table, std::span<const std::uint8_t> bits_of_symbols) noexcept;

/// The same for distances.
[[nodiscard]] bool fill_table(DistanceTable& table, std::span<const std::uint8_t> bits_of_symbols) noexcept;

/// The same for the code that codes lengths.
[[nodiscard]] bool fill_table(LengthCodeTable& table, std::span<const std::uint8_t> bits_of_symbols) noexcept;

/// Whether most symbols of a block are going to be literals, going by the bits of its symbols, at least 256. Never
/// fails.
[[nodiscard]] bool is_worth_pairing(std::span<const std::uint8_t> bits_of_symbols) noexcept;

/// Lets an entry mean two literals where both codes fit into the root. Only once, after the table was filled. It takes
/// some microseconds. Never fails.
void pair_literals(LiteralTable& table) noexcept;

}  // namespace locket::codec
