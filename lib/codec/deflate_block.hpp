#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/deflate_symbols.hpp"
#include "locket/bytes.hpp"

namespace locket::codec {

/// Some bytes as they are, and then a copy of what stands `distance` bytes before; without a copy (length 0) at the
/// end.
struct Sequence {
  std::uint32_t literals = 0;
  std::uint16_t length = 0;  ///< 3 to 258, or 0
  std::uint16_t distance = 0;
};

/// How often each symbol occurs in a part of a stream.
struct SymbolCounts {
  std::array<std::uint32_t, literal_symbols> literals{};  ///< literals, the end of a block, lengths
  std::array<std::uint32_t, distance_symbols> distances{};
  std::uint64_t extra_bits = 0;

  /// Counts the symbols of some sequences and the literals that they take from `bytes`.
  void add(std::span<const Sequence> sequences, const std::uint8_t* bytes) noexcept;

  /// Adds another part's counts.
  void add(const SymbolCounts& other) noexcept;

  /// About how many bits a block of its own would take, in sixteenths. Integers only: the same everywhere.
  [[nodiscard]] std::uint64_t price() const noexcept;
};

/// Where a stream's bits go, the lowest first. The owner of the memory sees to it that there is room.
struct BitSink {
  std::uint8_t* out = nullptr;
  std::uint64_t bits = 0;
  unsigned count = 0;  ///< of bits that wait, below 8 between calls

  /// Adds bits; at most 56 may come between two calls of `flush`.
  void put(std::uint64_t value, unsigned bit_count) noexcept {
    bits |= value << count;
    count += bit_count;
  }

  /// Writes the whole bytes that wait; 8 bytes behind `out` are overwritten.
  void flush() noexcept;

  /// Fills the last byte up with zeros and writes it.
  void align() noexcept;
};

/// Appends one block to `out` in the smallest of the three forms: Huffman codes of its own, the fixed ones, or plain
/// bytes. Inputs: the sequences, which cover `raw_bytes` from `bytes` on; their counts, with one end of the block;
/// `sink` holds what the block before left, and then what this one does: nothing after the last. Throws std::bad_alloc.
void write_block(BitSink& sink, Bytes& out, std::span<const Sequence> sequences, const SymbolCounts& counts,
                 const std::uint8_t* bytes, std::size_t raw_bytes, bool last);

}  // namespace locket::codec
