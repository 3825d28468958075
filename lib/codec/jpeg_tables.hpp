#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "codec/chroma_sampling.hpp"
#include "codec/jpeg_layout.hpp"
#include "locket/bytes.hpp"

namespace locket::codec {

/// What the segments of a JPEG have said so far: tables, frame, and which colours its components are. It takes what is
/// usual; a decoder of ours leaves a file with anything else to libjpeg. All views look into the upload. One thread;
/// never fails, allocates nothing.
class JpegTables {
 public:
  using Body = std::span<const std::uint8_t>;
  using Quantisation = std::array<std::uint8_t, 64>;

  /// Of a file with this layout, which must outlive it.
  explicit JpegTables(const JpegLayout& layout) noexcept : layout_(layout) {}

  /// Takes a segment other than SOS. Result: whether it is usual.
  [[nodiscard]] bool take(std::uint8_t marker, Body body) noexcept;

  /// After the frame: how its colours are sampled.
  [[nodiscard]] ChromaSampling sampling() const noexcept { return sampling_; }

  /// Whether the frame was there, and is grey or YCbCr as libjpeg sees it.
  [[nodiscard]] bool has_usual_colours() const noexcept;

  /// The place in the frame of the component that a scan calls so; after the frame.
  [[nodiscard]] std::optional<std::size_t> component_named(std::uint8_t name) const noexcept;

  /// The table of a component of the frame, in the order of the file (zigzag); nothing where there is none, or some
  /// step is 0.
  [[nodiscard]] std::optional<Quantisation> quantisation(std::size_t component) const noexcept;

  /// A code for the first coefficients of blocks: 16 counts of codes by their bits, then at most 256 symbols (T.81,
  /// B.2.4.2); empty where there is none of this number.
  [[nodiscard]] BytesView dc_code(std::size_t number) const noexcept { return code(0, number); }

  /// The same for the others.
  [[nodiscard]] BytesView ac_code(std::size_t number) const noexcept { return code(1, number); }

  /// Units between two restart markers; 0: there are none.
  [[nodiscard]] std::uint32_t restart_units() const noexcept { return restart_units_; }

 private:
  static constexpr std::size_t tables_max = 4;

  bool take_quantisation(Body body) noexcept;
  bool take_codes(Body body) noexcept;
  bool take_frame(Body body) noexcept;
  [[nodiscard]] BytesView code(std::size_t kind, std::size_t number) const noexcept {
    return number < tables_max ? codes_[kind][number] : BytesView();
  }

  const JpegLayout& layout_;
  ChromaSampling sampling_ = ChromaSampling::grey;
  std::uint32_t restart_units_ = 0;
  std::array<Body, tables_max> quantisation_{};
  std::array<std::array<BytesView, tables_max>, 2> codes_{};  ///< of DC, of AC
  Body frame_;                                                ///< three bytes for each component
  bool jfif_seen_ = false;
  bool adobe_ycbcr_seen_ = false;
  bool adobe_seen_ = false;
};

/// A segment, and where the next one begins.
struct JpegSegment {
  std::uint8_t marker = 0;
  JpegTables::Body body;
  std::size_t end = 0;
};

/// The segment that stands at a byte of a file. Input: the bytes of a layout's `picture`, whose segments were proven.
/// Nothing where something else stands there, such as a fill byte, or it does not end in the file. Never fails.
[[nodiscard]] std::optional<JpegSegment> jpeg_segment_at(JpegTables::Body picture, std::size_t at) noexcept;

/// The coded data that begins a view: its end, where a marker stands that is none of a restart. Nothing where a fill
/// byte or the end of the view comes before, or other than `restarts` markers of restarts in their order. Never fails.
/// Cost: linear.
[[nodiscard]] std::optional<std::size_t> usual_data_end(JpegTables::Body data, std::uint64_t restarts) noexcept;

/// So many restart markers stand between so many units, at least 1.
[[nodiscard]] constexpr std::uint64_t restarts_between(std::uint64_t units, std::uint32_t restart_units) noexcept {
  return restart_units == 0 ? 0 : (units - 1) / restart_units;
}

}  // namespace locket::codec
