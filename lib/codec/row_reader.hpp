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
  RowFormat format = RowFormat::rgb;
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
[[nodiscard]] Result<std::unique_ptr<RowReader>> open_picture(BytesView upload, const Limits& limits);

/// How many pixels a picture says it has; 0 for one that is refused before any of them is decoded. Looks at the header
/// and the places of all parts. Throws std::bad_alloc.
[[nodiscard]] std::uint64_t told_pixels(BytesView upload, const Limits& limits);

}  // namespace locket::codec
