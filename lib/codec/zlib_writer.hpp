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

/// Compresses the filtered rows of a picture into one zlib stream (RFC 1950). One thread. The same rows give the same
/// bytes everywhere. Takes about 1 MB, in haste half of it, besides the stream, whatever the picture. Throws
/// std::bad_alloc.
class ZlibWriter {
 public:
  /// Begins a stream behind what stands in `out` already, which must outlive the writer.
  ZlibWriter(const MatchSettings& settings, Bytes& out);

  /// Takes the next bytes of the picture's filtered rows.
  void write(std::span<const std::uint8_t> bytes);

  /// Ends the stream. Nothing else may follow.
  void finish();

 private:
  void compress_part(bool last);
  void end_block(std::span<const Sequence> sequences, std::uint32_t end, bool last);
  void move_down();

  Bytes& out_;
  MatchFinder finder_;
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
