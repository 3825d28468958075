#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "locket/bytes.hpp"
#include "locket/error.hpp"
#include "locket/limits.hpp"

namespace locket::codec {

/// What the samples are that a profile describes.
enum class ProfileInput : std::uint8_t {
  grey,           ///< 1 byte a pixel
  grey_as_rgba,   ///< 4 bytes, three times the grey and alpha, which is kept
  rgb,            ///< 3 bytes
  rgba,           ///< 4 bytes; the alpha is kept
  cmyk_inverted,  ///< 4 bytes, 0 is full ink, as Adobe writes them
};

/// Inflates the profile of an iCCP chunk (PNG third edition, clause 11.3.2.3).
/// Inputs: the chunk's body; the limits. Result: the profile's bytes; `picture_data_invalid` for a chunk without name
/// or with data that does not inflate to a profile of the length that it states; `picture_chunk_over_limit` for a
/// profile over `Limits::icc_profile_bytes_max`, before more than its first 128 bytes are inflated. Any thread.
[[nodiscard]] Result<Bytes> inflate_png_profile(BytesView chunk, const Limits& limits);

/// A copy of a profile that has those tags only which say how device colours become colours: matrix, curves, white
/// point and A2B tables. What else there may be takes time and memory that its size does not bound: 40 KB of
/// multi-process elements (D2B tables) can name themselves so often that to multiply them out takes hours. Result: the
/// copy; empty when the tag table is cut off. Throws std::bad_alloc. Any thread.
[[nodiscard]] Bytes without_needless_tags(BytesView profile);

/// Turns samples in the colours of one ICC profile into sRGB. One thread.
class ColourTransform {
 public:
  virtual ~ColourTransform() = default;

  /// Whether the profile is so close to sRGB (no sample moves by more than one) that nothing needs to be done.
  [[nodiscard]] virtual bool is_identity() const noexcept = 0;

  /// Transforms `pixels` pixels from `in` to `out`: CMYK to RGB, everything else to the same form. `in` and
  /// `out` may be the same place but for CMYK and samples of 16 bits. Never fails.
  virtual void apply(const std::uint8_t* in, std::uint8_t* out, std::size_t pixels) const noexcept = 0;
};

/// Reads a profile and makes its transform to sRGB (perceptual intent) with Little CMS. A level of grey becomes what
/// `make_deep_colour_transform` makes of it.
/// Inputs: the profile's bytes, which are not needed afterwards; what it is to be applied to.
/// Result: the transform; nothing when the profile is damaged, is for other samples, can not be an input, asks for more
/// than 32 MiB of memory, or this build has no Little CMS. Throws std::bad_alloc. Any thread. Cost: up to some
/// milliseconds for a profile with tables; multi-process elements are not looked at.
[[nodiscard]] std::unique_ptr<ColourTransform> make_colour_transform(BytesView profile, ProfileInput input);

/// The same for samples of 16 bits, upper byte first, that become sRGB of 8: what is dark in them has steps that 8 bits
/// of other curves do not. It is never an identity. Result: the transform; also nothing for CMYK, and for RGB by
/// tables, which are no finer than 8 bits.
[[nodiscard]] std::unique_ptr<ColourTransform> make_deep_colour_transform(BytesView profile, ProfileInput input);

}  // namespace locket::codec
