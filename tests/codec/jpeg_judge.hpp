#pragma once

#include <optional>

#include "crypto/checksum.hpp"
#include "locket/bytes.hpp"
#include "locket/error.hpp"
#include "locket/limits.hpp"

namespace locket::codec {

/// The digest of a picture's rows, or why there are none.
using JpegRows = Result<crypto::Checksum>;

/// What every decoder makes of one file.
struct JpegVerdicts {
  JpegRows streamed;  ///< ours, by the fastest kernels
  JpegRows plain;     ///< ours, by the plain ones
  JpegRows judged;    ///< libjpeg's
  /// Whether the coefficients are such as a picture of 8 bits can have, with much to spare. Beyond, libjpeg's own
  /// pixels differ from one CPU to the other.
  bool sane_coefficients = false;

  /// Whether ours and libjpeg's take the file both, or neither does, but for two differences that are libjpeg's own
  /// affair: how far it has read ahead behind the last unit, which stray bytes it so does not count; and that, away
  /// from the end of the data, it takes bits that are no code for zeros without a word.
  [[nodiscard]] bool taken_alike() const;
};

/// Decodes a JPEG by all decoders. Nothing where ours leaves it to libjpeg, or the layout is refused.
[[nodiscard]] std::optional<JpegVerdicts> judge_jpeg(BytesView file, const Limits& limits = {});

}  // namespace locket::codec
