#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "codec/bit_writer.hpp"
#include "codec/deflate_block.hpp"

namespace locket::codec {

/// What literals and matches cost where they stand, in 1/8 bits, guessed from those that came before.
struct SymbolPrices {
  std::array<std::uint8_t, 256> literal;
  std::array<std::uint8_t, literal_length_symbols - length_symbols_first> length;  ///< with its extra bits
  std::array<std::uint8_t, distance_symbols> distance;                             ///< with its extra bits

  /// What is known before the first symbol: filtered pictures are small differences.
  SymbolPrices() noexcept;

  /// What follows from how often the symbols occurred.
  explicit SymbolPrices(const SymbolCounts& counts) noexcept;
};

/// Collects literals and matches, cuts them into blocks where their statistics change, and writes the blocks.
/// The newest few thousand symbols are a span. When it is full it joins the block that waits, or, when two headers
/// cost less than one code for both, that block is written and the span waits in its place.
/// Not to be shared between threads.
class BlockCutter {
 public:
  /// After the bytes given to `add_literals`, this many more must be readable.
  static constexpr std::size_t read_slack_bytes = 16;

  /// Starts a stream of blocks at `out`, which has room for 9 bits for each byte that will be coded and 64 bytes.
  /// Throws std::bad_alloc.
  explicit BlockCutter(std::uint8_t* out);

  /// Adds the next bytes as literals. Never fails. Cost: copies them.
  void add_literals(const std::uint8_t* bytes, std::size_t count) noexcept;

  /// Adds a match. Inputs: 4 to 258 bytes (3 where it is cheap), at a distance of 1 to 32768. Never fails.
  void add_match(std::size_t length, std::size_t distance) noexcept;

  /// Writes what waits as the last block. Result: the place after it. Never fails.
  [[nodiscard]] std::uint8_t* finish() noexcept;

  /// What symbols cost now; renewed with every span.
  [[nodiscard]] const SymbolPrices& prices() const noexcept { return prices_; }

 private:
  static constexpr std::size_t span_symbols = 8 * 1024;
  static constexpr std::size_t literals_max = 96 * 1024;
  static constexpr std::size_t sequences_max = 24 * 1024;

  /// How far literals and sequences are counted.
  struct Mark {
    std::size_t literals = 0;
    std::size_t sequences = 0;
  };

  [[nodiscard]] BlockContent content(Mark from, Mark to) const noexcept;
  void add_sequence(std::size_t length, std::size_t distance) noexcept;
  void close_span() noexcept;
  void write_waiting(bool last) noexcept;

  BitWriter writer_;
  std::unique_ptr<std::uint8_t[]> literals_;
  std::unique_ptr<Sequence[]> sequences_;
  Mark span_start_;
  Mark end_;
  std::size_t run_ = 0;  ///< literals since the last sequence
  SymbolCounts waiting_counts_;
  std::uint64_t waiting_cost_ = 0;
  SymbolPrices prices_;
};

}  // namespace locket::codec
