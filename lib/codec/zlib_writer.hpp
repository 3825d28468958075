#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "codec/deflate_block.hpp"
#include "codec/match_finder.hpp"
#include "locket/bytes.hpp"

namespace locket::codec {

/// So much behind the bytes that are put into a stream's place may be overwritten.
inline constexpr std::size_t write_margin_bytes = 64;

/// Compresses the filtered rows of a picture into one zlib stream (RFC 1950). One thread. The same rows give the same
/// bytes everywhere. Takes about 1 MB, in haste half of it, and the longest row over 32 KB, besides the stream. Throws
/// std::bad_alloc.
class ZlibWriter {
 public:
  /// Begins a stream behind what stands in `out` already, which must outlive the writer.
  ZlibWriter(const MatchSettings& settings, Bytes& out);

  /// The place for the picture's next bytes, below 2^31 of them, such as a filtered row: so many and
  /// `write_margin_bytes` may be overwritten until `take`.
  [[nodiscard]] std::uint8_t* place_for(std::uint32_t bytes);

  /// Takes the bytes that were put into their place, at most as many as it was made for.
  void take(std::uint32_t bytes);

  /// Ends the stream. Nothing else may follow.
  void finish();

 private:
  void compress_part(bool last);
  void end_block(std::span<const Sequence> sequences, std::uint32_t end, bool last);
  void make_room();

  Bytes& out_;
  MatchFinder finder_;
  std::uint32_t place_bytes_max_;  ///< for which the buffer has a place
  std::unique_ptr<std::uint8_t[]> buffer_;
  std::uint32_t block_start_;  ///< of the block that is being gathered
  std::uint32_t filled_;       ///< where the next row goes
  std::uint32_t adler_ = 1;
  std::vector<Sequence> sequences_;  ///< of the block
  SymbolCounts counts_;              ///< of the block
  std::uint64_t price_ = 0;          ///< of the block, as if it ended here
  BitSink sink_;
};

}  // namespace locket::codec
