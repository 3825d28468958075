#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "locket/bytes.hpp"
#include "locket/error.hpp"

namespace locket::codec {

/// Inflates one zlib stream (RFC 1950) piece by piece, with ISA-L. One thread.
class ZlibStream {
 public:
  /// Starts a stream. Throws std::bad_alloc.
  ZlibStream();
  ~ZlibStream();
  ZlibStream(const ZlibStream&) = delete;
  ZlibStream& operator=(const ZlibStream&) = delete;

  /// Inflates into `out` until it is full, the stream has ended, or `input` is used up; moves `input` past what was
  /// used. `input` must stay where it is until it is used up; the next piece of the stream may lie elsewhere.
  /// Result: the count of bytes written. Errors: `picture_data_invalid` for what is not zlib, asks for a dictionary or
  /// breaks deflate's rules; `picture_checksum_wrong` for a wrong Adler-32.
  [[nodiscard]] Result<std::size_t> inflate(BytesView& input, std::span<std::uint8_t> out);

  /// Whether the stream has ended and its checksum was right.
  [[nodiscard]] bool ended() const noexcept;

 private:
  [[nodiscard]] Result<void> take_header(BytesView& input);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace locket::codec
