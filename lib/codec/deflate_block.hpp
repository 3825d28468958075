#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/bit_writer.hpp"

namespace locket::codec {

inline constexpr std::size_t match_bytes_min = 3;
inline constexpr std::size_t match_bytes_max = 258;
inline constexpr std::size_t match_distance_max = 32768;

inline constexpr std::size_t end_of_block = 256;
inline constexpr std::size_t length_symbols_first = 257;
inline constexpr std::size_t literal_length_symbols = 286;
inline constexpr std::size_t distance_symbols = 30;

/// Some literals, then one match.
struct Sequence {
  std::uint32_t literals = 0;  ///< how many come before the match
  std::uint16_t length = 0;    ///< 3 to 258, or 0: no match
  std::uint16_t distance = 0;  ///< 1 to 32768
};

/// How often each symbol occurs.
struct SymbolCounts {
  std::array<std::uint32_t, literal_length_symbols> literal_length{};
  std::array<std::uint32_t, distance_symbols> distance{};

  /// Adds the counts of another block.
  SymbolCounts& operator+=(const SymbolCounts& other) noexcept;
};

/// The content of one block, in the order in which it is decoded.
struct BlockContent {
  std::span<const std::uint8_t> literals;  ///< of all sequences, and then those after the last
  std::span<const Sequence> sequences;
};

/// The symbol of a match's length, 3 to 258.
[[nodiscard]] std::size_t length_symbol(std::size_t length) noexcept;

/// The symbol of a match's distance, 1 to 32768.
[[nodiscard]] std::size_t distance_symbol(std::size_t distance) noexcept;

/// How many extra bits follow the symbol of a length, which counts from `length_symbols_first` on.
[[nodiscard]] unsigned length_extra_bits(std::size_t symbol) noexcept;

/// How many extra bits follow the symbol of a distance.
[[nodiscard]] unsigned distance_extra_bits(std::size_t symbol) noexcept;

/// 256 times the binary logarithm of a number from 1 on, rounded down from a table of 256 steps an octave. Integers
/// only, so it is the same everywhere.
[[nodiscard]] std::uint32_t log2_256(std::uint32_t value) noexcept;

/// Counts a block's symbols, its end not among them. Never fails. Any thread. Cost: linear.
[[nodiscard]] SymbolCounts count_symbols(const BlockContent& content) noexcept;

/// About how many 1/256 bits the symbols take in a block of their own, without its header: their entropy.
/// Never fails. Any thread. Cost: a logarithm for each symbol of the alphabet.
[[nodiscard]] std::uint64_t estimated_cost(const SymbolCounts& counts) noexcept;

/// Writes one block (RFC 1951, 3.2.6 and 3.2.7), with codes of its own or the fixed ones, whichever is shorter; so a
/// literal costs 9 bits at most, and a match of 4 bytes or more less than its bytes as literals.
/// Inputs: the content; its counts, as above; whether it is the stream's last. Never fails. Any thread.
void write_block(BitWriter& writer, const BlockContent& content, const SymbolCounts& counts, bool last) noexcept;

}  // namespace locket::codec
