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

/// So much behind a row's place may be overwritten.
inline constexpr std::size_t write_margin_bytes = 64;

/// Compresses the filtered rows of a picture into one zlib stream (RFC 1950). One thread. The same rows give the same
/// bytes everywhere. Takes about 1 MB, in haste half of it, and a row, besides the stream. Throws std::bad_alloc.
class ZlibWriter {
 public:
  /// Begins a stream behind what stands in `out` already, which must outlive the writer.
  ZlibWriter(const MatchSettings& settings, Bytes& out);

  /// Takes the next bytes of the picture's filtered rows.
  void write(std::span<const std::uint8_t> bytes);

  /// The place for the next row, so that it need not be copied: `row_bytes` and `write_margin_bytes` may be overwritten
  /// before `take_row`.
  [[nodiscard]] std::uint8_t* row_place();

  /// Takes the row that was put into its place.
  void take_row();

  /// Ends the stream. Nothing else may follow.
  void finish();

 private:
  void take(std::size_t bytes);
  void compress_part(bool last);
  void end_block(std::span<const Sequence> sequences, std::uint32_t end, bool last);
  void make_room();

  Bytes& out_;
  std::uint32_t row_bytes_;
  std::uint32_t row_bytes_max_;  ///< for which the buffer has a place
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
