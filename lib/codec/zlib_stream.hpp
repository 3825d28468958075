#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/kernel.hpp"
#include "codec/deflate_table.hpp"
#include "codec/inflate_kernel.hpp"
#include "locket/bytes.hpp"
#include "locket/error.hpp"

namespace locket::codec {

/// Gives the pieces of a compressed stream, which may lie anywhere.
class PieceSource {
 public:
  virtual ~PieceSource() = default;

  /// The next piece, empty ones included; false when there is none left. A piece must stay as it is until the stream
  /// that reads it is gone.
  virtual bool next(BytesView& piece) noexcept = 0;
};

/// A stream that lies in one piece.
class OnePiece final : public PieceSource {
 public:
  /// Input: the piece, which must stay as it is as long as this is used.
  explicit OnePiece(BytesView piece) noexcept : piece_(piece) {}

  bool next(BytesView& piece) noexcept override {
    piece = std::exchange(piece_, {});
    return !piece.empty();
  }

 private:
  BytesView piece_;
};

/// Inflates one zlib stream (RFC 1950, 1951) in portions, as zlib would, and proves its Adler-32. It keeps the last
/// 32 KiB, one portion and a little input, whatever the stream's length. One thread.
class ZlibStream {
 public:
  /// Inputs: where the compressed bytes come from, which must outlive the stream; the largest portion that will be
  /// asked for, in bytes; which kernel decodes. Throws std::bad_alloc.
  ZlibStream(PieceSource& source, std::size_t portion_bytes_max, Kernel kernel);

  /// Gives the next bytes of the stream, `bytes` of them (at most the largest portion) or fewer when the stream or its
  /// input ends before. The view is valid until the next call, and `slack_bytes` can be read on both sides of it.
  /// Errors: `picture_data_invalid` for what is not zlib, asks for a dictionary or breaks deflate's rules;
  /// `picture_checksum_wrong` for a wrong Adler-32. The stream is then of no more use.
  [[nodiscard]] Result<std::span<const std::uint8_t>> read(std::size_t bytes);

  /// Whether the stream has ended, with every byte given and the right checksum. False after `read` gave less than it
  /// was asked for: the input has ended too early.
  [[nodiscard]] bool ended() const noexcept { return phase_ == Phase::done && given_ == made_; }

  /// Whether nothing follows the end of the stream. Only after `ended`. Takes the rest of the pieces from the source.
  [[nodiscard]] bool used_all_input() noexcept;

  static constexpr std::size_t slack_bytes = 128;

 private:
  enum class Phase : std::uint8_t { header, block_header, stored, coded, trailer, done };

  [[nodiscard]] Result<void> decode(std::size_t target);
  [[nodiscard]] Result<void> take_header();
  [[nodiscard]] Result<void> take_block_header();
  [[nodiscard]] Result<void> take_tables();
  [[nodiscard]] Result<void> take_stored(std::size_t target);
  [[nodiscard]] Result<void> take_symbols(std::size_t target);
  [[nodiscard]] Result<bool> take_symbol();
  [[nodiscard]] Result<void> take_trailer();
  void make_room(std::size_t bytes) noexcept;
  void check_new_bytes() noexcept;

  void stage_input() noexcept;
  [[nodiscard]] bool have_bits(unsigned count) noexcept;
  [[nodiscard]] std::uint32_t peek_bits(unsigned count) const noexcept;
  void drop_bits(unsigned count) noexcept;
  [[nodiscard]] std::uint32_t take_bits(unsigned count) noexcept;
  [[nodiscard]] std::uint64_t taken_bytes() const noexcept { return moved_bytes_ + in_; }

  // What the stream's tail lacks is told by `starved_`: the phase then stays where it is for good.
  PieceSource& source_;
  InflateKernel kernel_;
  BytesView piece_;
  bool source_ended_ = false;
  bool starved_ = false;
  std::vector<std::uint8_t> staged_;
  std::size_t in_ = 0;
  std::size_t in_end_ = 0;
  std::uint64_t moved_bytes_ = 0;  ///< that were taken and have made room in `staged_`
  DeflateBits bits_;

  Phase phase_ = Phase::header;
  bool last_block_ = false;
  std::size_t stored_left_ = 0;
  LiteralTable literals_;
  DistanceTable distances_;
  LengthCodeTable length_codes_;
  const LiteralTable* literals_now_ = nullptr;    ///< those of the present block
  const DistanceTable* distances_now_ = nullptr;  ///< the same
  std::uint64_t next_pairing_ = 0;                ///< not before so many bytes were taken

  std::vector<std::uint8_t> window_;
  std::size_t portion_bytes_max_;
  std::size_t start_;    ///< of the history in the window
  std::size_t given_;    ///< what was given to the caller ends here
  std::size_t made_;     ///< what was inflated ends here
  std::size_t checked_;  ///< what is in the checksum ends here
  std::uint32_t adler_ = 1;
};

/// Inflates a whole zlib stream that must give exactly so many bytes and must have nothing behind it.
/// Inputs: the stream; the count of bytes, which the caller has held against a limit, for as much memory is taken.
/// Errors: as of `ZlibStream::read`, `picture_truncated` for a stream that gives less, `picture_data_invalid` for one
/// that gives more or has something behind it. Throws std::bad_alloc. Any thread.
[[nodiscard]] Result<Bytes> inflate_exactly(BytesView stream, std::size_t bytes);

}  // namespace locket::codec
