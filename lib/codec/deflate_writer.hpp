#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "codec/block_cutter.hpp"

namespace locket::codec {

/// How the bytes of a picture follow one another: rows of one filter byte and some whole pixels.
struct RowShape {
  std::size_t row_bytes = 2;    ///< with the filter byte
  std::size_t pixel_bytes = 1;  ///< 1 to 4
};

/// Compresses the filtered rows of a picture into the zlib format (RFC 1950), fast: runs of one byte, matches of six
/// bytes and more that start with a pixel, found by one look into a table, and blocks with codes of their own. That is
/// what filtered pictures of the real world are made of: mostly literals, and some long matches.
/// Integers only and no choice by CPU: the same bytes go in, the same come out. Memory: about 500 KB and one row.
/// Not to be shared between threads.
class DeflateWriter {
 public:
  /// The room that a stream of `input_bytes` (below 2^60) needs, with what is written past its end and not counted.
  [[nodiscard]] static constexpr std::size_t room_for(std::size_t input_bytes) noexcept {
    return input_bytes + input_bytes / 8 + input_bytes / 1024 + 128;
  }

  /// Starts a stream. Inputs: the shape of its rows; `out`, with the room that `room_for` tells, which must outlive
  /// the writer. Throws std::bad_alloc.
  DeflateWriter(RowShape shape, std::uint8_t* out);

  /// Room for one row, to be filled and then told to `commit_row`. Never fails.
  [[nodiscard]] std::uint8_t* next_row() noexcept { return window_.get() + filled_; }

  /// Takes the row just filled in. Never fails. Cost: compresses whenever some rows have come together.
  void commit_row() noexcept;

  /// Ends the stream; the writer is then of no more use. Result: the place after its last byte. Never fails.
  [[nodiscard]] std::uint8_t* finish() noexcept;

 private:
  struct Match {
    std::size_t start = 0;
    std::size_t length = 0;  ///< 0: none
    std::size_t distance = 0;

    /// The place behind its last byte.
    [[nodiscard]] std::size_t end() const noexcept { return start + length; }
  };

  void parse(std::size_t end, std::size_t limit) noexcept;
  void slide() noexcept;
  [[nodiscard]] Match find_run(std::size_t at, std::size_t end) const noexcept;
  [[nodiscard]] Match find_match(std::size_t at, std::size_t end) noexcept;
  [[nodiscard]] bool pays(Match match) const noexcept;
  [[nodiscard]] std::size_t next_pixel(std::size_t at) noexcept;
  std::uint32_t exchange_place(std::size_t at, std::uint64_t next_bytes) noexcept;

  RowShape shape_;
  // Places count from the window's start: history, then what is not parsed yet, then room.
  std::unique_ptr<std::uint8_t[]> window_;
  std::size_t parsed_ = 0;
  std::size_t filled_ = 0;
  std::size_t row_end_;     ///< of the row that is parsed next
  std::size_t misses_ = 0;  ///< pixels without a match, one after the other
  std::uint32_t checksum_ = 1;
  std::uint32_t window_offset_;             ///< of the window's start in the stream, plus a constant
  std::unique_ptr<std::uint32_t[]> table_;  ///< where six bytes were last seen
  std::uint8_t* out_;
  BlockCutter blocks_;
};

}  // namespace locket::codec
