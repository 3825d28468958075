#pragma once

#include <cstdint>
#include <memory>

#include "base/image.hpp"
#include "locket/bytes.hpp"
#include "locket/error.hpp"
#include "locket/limits.hpp"
#include "locket/picture.hpp"

namespace locket::codec {

/// What is known of a picture before its first row.
struct Header {
  SourceFacts facts;
  PixelSize rows_size;  ///< of the rows that come, before orientation
  std::uint32_t scale_denominator =
      1;  ///< rows are reduced by this: 1, 2, 4 or 8; the exact extent is facts.size over it
  RowFormat format = RowFormat::rgb;
};

/// How much a decoder may reduce on its own: to no less than this many pixels on each axis of the stored picture.
/// Nothing (0 x 0): not at all.
struct ReductionFloor {
  PixelSize size;
};

/// Gives the rows of one picture, top to bottom. One thread.
class RowReader {
 public:
  virtual ~RowReader() = default;

  /// What is known before the first row. Lives as long as the reader.
  [[nodiscard]] virtual const Header& header() const noexcept = 0;

  /// Gives the next rows, at least one; none (rows == 0) after the last, once the rest of the file was proven too.
  /// The view is valid until the next call. Errors: a `picture_` code; the reader is then of no more use.
  [[nodiscard]] virtual Result<RowBatch> next_rows() = 0;
};

/// Opens a picture: tells its kind, walks its header, checks every limit, and only then takes memory.
/// `upload` must outlive the reader. Errors: a `picture_` code or `out_of_memory`.
[[nodiscard]] Result<std::unique_ptr<RowReader>> open_picture(BytesView upload, const Limits& limits,
                                                              const ReductionFloor& floor = {});

}  // namespace locket::codec
