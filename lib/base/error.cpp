#include "locket/error.hpp"

namespace locket {

std::string_view code_name(Code code) noexcept {
  switch (code) {
    case Code::authorization_missing: return "authorization_missing";
    case Code::token_rejected: return "token_rejected";
    case Code::rate_limit_exceeded: return "rate_limit_exceeded";
    case Code::size_invalid: return "size_invalid";
    case Code::content_type_missing: return "content_type_missing";
    case Code::content_type_unsupported: return "content_type_unsupported";
    case Code::body_too_large: return "body_too_large";
    case Code::imodel_not_found: return "imodel_not_found";
    case Code::permission_insufficient: return "permission_insufficient";
    case Code::precondition_failed: return "precondition_failed";
    case Code::method_not_allowed: return "method_not_allowed";
    case Code::picture_empty: return "picture_empty";
    case Code::picture_format_unknown: return "picture_format_unknown";
    case Code::picture_format_mismatch: return "picture_format_mismatch";
    case Code::picture_bytes_over_limit: return "picture_bytes_over_limit";
    case Code::picture_side_over_limit: return "picture_side_over_limit";
    case Code::picture_pixels_over_limit: return "picture_pixels_over_limit";
    case Code::picture_header_invalid: return "picture_header_invalid";
    case Code::picture_chunk_invalid: return "picture_chunk_invalid";
    case Code::picture_chunk_order: return "picture_chunk_order";
    case Code::picture_chunk_over_limit: return "picture_chunk_over_limit";
    case Code::picture_checksum_wrong: return "picture_checksum_wrong";
    case Code::picture_palette_invalid: return "picture_palette_invalid";
    case Code::picture_data_invalid: return "picture_data_invalid";
    case Code::picture_truncated: return "picture_truncated";
    case Code::picture_feature_unsupported: return "picture_feature_unsupported";
    case Code::picture_work_over_limit: return "picture_work_over_limit";
    case Code::imodel_file_foreign: return "imodel_file_foreign";
    case Code::imodel_file_damaged: return "imodel_file_damaged";
    case Code::imodel_file_over_limit: return "imodel_file_over_limit";
    case Code::saved_view_missing: return "saved_view_missing";
    case Code::saved_view_invalid: return "saved_view_invalid";
    case Code::json_invalid: return "json_invalid";
    case Code::key_invalid: return "key_invalid";
    case Code::access_document_invalid: return "access_document_invalid";
    case Code::access_unavailable: return "access_unavailable";
    case Code::rate_limiter_unavailable: return "rate_limiter_unavailable";
    case Code::store_open_failed: return "store_open_failed";
    case Code::store_foreign: return "store_foreign";
    case Code::store_newer: return "store_newer";
    case Code::store_read_only: return "store_read_only";
    case Code::store_busy: return "store_busy";
    case Code::store_full: return "store_full";
    case Code::store_io_failed: return "store_io_failed";
    case Code::store_corrupt: return "store_corrupt";
    case Code::store_failed: return "store_failed";
    case Code::file_not_readable: return "file_not_readable";
    case Code::file_not_writable: return "file_not_writable";
    case Code::argument_invalid: return "argument_invalid";
    case Code::out_of_memory: return "out_of_memory";
    case Code::internal_error: return "internal_error";
  }
  return "unknown";
}

}  // namespace locket
