#pragma once

#include <cstdint>
#include <span>

namespace locket::codec {

/// The most symbols of one code: deflate's literals and lengths.
inline constexpr std::size_t huffman_symbols_max = 288;

/// One symbol's code, ready to be written: deflate sends the code's first bit first.
struct HuffmanCode {
  std::uint16_t code = 0;
  std::uint8_t bits = 0;  ///< 0: never used
};

/// Gives each symbol that occurs its count of bits in a Huffman code of the least total size, or one close to it where
/// the best code would need more than `bits_max` bits.
/// Inputs: how often each symbol occurs, at most `huffman_symbols_max`, their sum below 2^31; `bits_max` at most 15 and
/// enough for the symbols; `bits` is as long. Symbols that do not occur get 0; a single one gets 1 bit.
/// Never fails, allocates nothing. Any thread. The same inputs give the same code everywhere.
void choose_code_bits(std::span<const std::uint32_t> counts, unsigned bits_max, std::span<std::uint8_t> bits) noexcept;

/// Makes the canonical codes of RFC 1951, section 3.2.2. Inputs: counts of bits that form a code, complete or of one
/// symbol; `codes` is as long. Never fails. Any thread.
void make_codes(std::span<const std::uint8_t> bits, std::span<HuffmanCode> codes) noexcept;

}  // namespace locket::codec
