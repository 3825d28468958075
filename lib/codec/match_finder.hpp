#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "codec/deflate_block.hpp"

namespace locket::codec {

/// How closely repeated bytes are looked for.
enum class MatchSearch : std::uint8_t {
  hasty,   ///< at pixels, at the latest place that looks the same
  pixels,  ///< at pixels, at several earlier places
  bytes,   ///< at every byte, at several earlier places, and a better match at the next byte is waited for
};

/// How repeated bytes are looked for.
struct MatchSettings {
  std::uint32_t row_bytes = 2;    ///< of a row of the picture with its filter byte, below 2^31
  std::uint32_t pixel_bytes = 1;  ///< 1 to 4
  MatchSearch search = MatchSearch::bytes;
};

/// Finds what a deflate stream can copy from the 32 KiB before. Takes 0.5 MB, in haste 64 KB. One thread; what it finds
/// depends on its input alone. Places are counted in a buffer whose owner moves its bytes down from time to time.
class MatchFinder {
 public:
  /// The stream begins at place `match_history_bytes`. Throws std::bad_alloc.
  explicit MatchFinder(const MatchSettings& settings);

  /// Appends the sequences of the bytes from `place()` to at least `limit`, but not beyond `end`; the last one ends
  /// with a match or has none. At most one sequence for three bytes. Inputs: the buffer, in which
  /// `match_read_ahead_bytes` behind `end` can be read, whatever they hold, and in which the 32 KiB before `place()`
  /// are as they were. Throws std::bad_alloc.
  void find(const std::uint8_t* buffer, std::uint32_t limit, std::uint32_t end, std::vector<Sequence>& sequences);

  /// The place up to which sequences were made.
  [[nodiscard]] std::uint32_t place() const noexcept { return place_; }

  /// Tells that all bytes of the buffer moved down; `bytes` is a multiple of 32 KiB, and less than `place()` by more
  /// than 32 KiB.
  void move_down(std::uint32_t bytes) noexcept;

 private:
  struct Match {
    std::uint32_t length = 0;  ///< 0: none that saves anything
    std::uint32_t distance = 0;
    std::int32_t gain = 0;  ///< sixteenths of a bit that it saves
  };
  /// A stretch of the buffer to be searched.
  struct Stretch {
    const std::uint8_t* buffer;
    std::uint32_t limit;
    std::uint32_t end;
  };

  template <std::uint32_t step>
  void search_in_haste(const Stretch& stretch, std::vector<Sequence>& sequences);
  template <std::uint32_t step>
  void search(const Stretch& stretch, std::vector<Sequence>& sequences);
  template <std::uint32_t step>
  void search_by(const Stretch& stretch, std::vector<Sequence>& sequences);
  void finish(const Stretch& stretch, std::uint32_t done, std::uint32_t place, std::vector<Sequence>& sequences);
  template <std::uint32_t step>
  [[nodiscard]] std::uint32_t next_start(std::uint32_t place) noexcept;
  template <std::uint32_t step>
  [[nodiscard]] Match best_at(const Stretch& stretch, std::uint32_t place) noexcept;
  template <std::uint32_t step>
  [[nodiscard]] Match longest_at(const Stretch& stretch, std::uint32_t place) noexcept;
  void prefetch(const std::uint8_t* bytes) const noexcept;
  void remember(const std::uint8_t* buffer, std::uint32_t place) noexcept;
  template <std::uint32_t step>
  void remember_inside(const std::uint8_t* buffer, std::uint32_t from, std::uint32_t to) noexcept;
  [[nodiscard]] std::int32_t gain_of(const std::uint8_t* bytes, const Match& match) const noexcept;
  void price_literals(const std::uint8_t* bytes, std::size_t count) noexcept;

  MatchSettings settings_;
  std::uint32_t place_;
  std::uint32_t stream_start_;  ///< before it there is nothing to copy
  std::uint32_t row_start_;     ///< the first pixel of the row that `next_start` was in
  std::uint32_t chain_steps_;   ///< how many earlier places are looked at
  std::array<std::uint32_t, 256> literal_counts_{};
  std::array<std::uint8_t, 256> literal_price_{};  ///< sixteenths of a bit
  std::vector<std::uint32_t> short_heads_;         ///< the latest place with the same 3 bytes; 0: none
  std::vector<std::uint32_t> long_heads_;          ///< the same for 6 bytes
  std::vector<std::uint32_t> chain_;               ///< by place modulo the window: the place before with the same bytes
};

/// Where the first byte of a stream stands in the buffer: so far that an empty table entry is never near enough.
inline constexpr std::uint32_t match_history_bytes = 2 * match_distance_max;

/// How far behind the end may be read.
inline constexpr std::uint32_t match_read_ahead_bytes = 16;

}  // namespace locket::codec
