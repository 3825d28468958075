#include "codec/picture_readers.hpp"

namespace locket::codec {

Result<std::unique_ptr<RowReader>> open_jpeg(BytesView, const Limits&) {
  return fail(Code::picture_feature_unsupported, "this build of locket reads no JPEG");
}

Result<PixelSize> read_jpeg_size(BytesView, const Limits&) {
  return fail(Code::picture_feature_unsupported, "this build of locket reads no JPEG");
}

}  // namespace locket::codec
