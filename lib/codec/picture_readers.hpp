#pragma once

#include <memory>

#include "codec/row_reader.hpp"

namespace locket::codec {

/// Opens a PNG; the contract of `open_picture` but for the checks of size and kind, which are done. Throws
/// std::bad_alloc.
[[nodiscard]] Result<std::unique_ptr<RowReader>> open_png(BytesView upload, const Limits& limits);

/// Opens a JPEG; otherwise as `open_png`. In a build without libjpeg-turbo: `picture_feature_unsupported`.
[[nodiscard]] Result<std::unique_ptr<RowReader>> open_jpeg(BytesView upload, const Limits& limits);

}  // namespace locket::codec
