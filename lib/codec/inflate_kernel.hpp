#pragma once

#include <cstddef>
#include <cstdint>

#include "base/kernel.hpp"
#include "codec/deflate_table.hpp"

namespace locket::codec {

/// How far beyond its limits `InflateKernel` may read and write.
inline constexpr std::size_t inflate_input_slack_bytes = 32;
inline constexpr std::size_t inflate_output_slack_bytes = 320;

/// The next bits of a deflate stream: `count` of them are known, the first is the lowest. What stands above them in
/// `bits` is either nothing or what follows in the stream.
struct DeflateBits {
  std::uint64_t bits = 0;
  unsigned count = 0;  ///< 0 to 63
};

/// Where a block of Huffman codes is being decoded.
struct InflateState {
  DeflateBits bits;
  const std::uint8_t* in = nullptr;
  const std::uint8_t* in_limit = nullptr;  ///< `inflate_input_slack_bytes` can be read from here
  std::uint8_t* out = nullptr;
  std::uint8_t* out_limit = nullptr;            ///< `inflate_output_slack_bytes` can be written from here
  const std::uint8_t* history_start = nullptr;  ///< no distance may reach before it
  const LiteralTable* literals = nullptr;
  const DistanceTable* distances = nullptr;
};

/// Why a kernel stopped.
enum class InflateStop : std::uint8_t {
  limit,         ///< input or output has come to its limit
  end_of_block,  ///< the block has ended
  damaged,       ///< no such code, or a distance beyond what there is
};

/// Decodes symbols of one block until the block ends or a limit is reached. Moves `in`, `out` and `bits` of the state;
/// `out` passes its limit by at most 261 bytes: two pairs of literals begin below it, and the longest match follows.
/// Never fails otherwise. Any thread.
using InflateKernel = InflateStop (*)(InflateState& state) noexcept;

/// The kernel to run: the fastest that this CPU has, or the plain one. Any thread.
[[nodiscard]] InflateKernel inflate_kernel(Kernel kernel) noexcept;

/// The kernel without vectors.
InflateStop inflate_plain(InflateState& state) noexcept;

/// The kernel for what this CPU has.
InflateStop inflate_vector(InflateState& state) noexcept;

}  // namespace locket::codec
