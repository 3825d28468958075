#pragma once

#include <memory>

#include "codec/row_reader.hpp"

namespace locket::codec {

/// Opens a PNG; the contract of `open_picture` but for the checks of size and kind, which are done. Throws
/// std::bad_alloc.
[[nodiscard]] Result<std::unique_ptr<RowReader>> open_png(BytesView upload, const Limits& limits);

/// Opens a JPEG; otherwise as `open_png`. In a build without libjpeg-turbo: `picture_feature_unsupported`.
[[nodiscard]] Result<std::unique_ptr<RowReader>> open_jpeg(BytesView upload, const Limits& limits);

/// The size that a PNG says it has, where nothing that is looked at before decoding refuses it. Errors: a `picture_`
/// code.
[[nodiscard]] Result<PixelSize> read_png_size(BytesView upload, const Limits& limits);

/// The same of a JPEG; otherwise as `open_jpeg`.
[[nodiscard]] Result<PixelSize> read_jpeg_size(BytesView upload, const Limits& limits);

}  // namespace locket::codec
