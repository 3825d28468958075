#pragma once

#include <cstdint>
#include <span>

namespace locket::codec {

/// The most symbols of a code.
inline constexpr std::size_t huffman_symbols_max = 288;

/// Finds the lengths of a prefix code that is short for symbols that occur this often (Huffman's, by the in-place
/// method of Moffat and Katajainen, 1995; where it is longer than the limit, the longest words are shortened at the
/// cost of the next shorter ones).
/// Inputs: how often each symbol occurs (at most `huffman_symbols_max` of them, their sum below 2^32, at least two
/// symbols); the limit, with at most 2^`length_max` symbols. Result: `lengths`, one a symbol, 0 for a symbol that does
/// not occur. The code is always complete and has at least two words, as every decoder takes: where fewer symbols
/// occur, symbols 0 and 1 get words too. Never fails. Any thread. Cost: sorting.
void find_code_lengths(std::span<const std::uint32_t> frequencies, unsigned length_max,
                       std::span<std::uint8_t> lengths) noexcept;

/// Gives the words of the canonical code with these lengths (RFC 1951, 3.2.2), their bits reversed for a writer that
/// starts with the lowest. Never fails. Any thread. Cost: linear.
void assign_code_words(std::span<const std::uint8_t> lengths, std::span<std::uint16_t> words) noexcept;

}  // namespace locket::codec
