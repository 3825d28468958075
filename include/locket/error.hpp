#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "locket/export.hpp"

namespace locket {

/// Every way in which a call can fail, one code for each, so that a caller can act on it.
/// The names (see `code_name`) are stable: programs may compare them.
enum class Code : std::uint16_t {
  // The request, in the order of the checks.
  authorization_missing,     ///< no Authorization header, or an empty one
  token_rejected,            ///< not a valid bearer token with the scope that is asked for
  rate_limit_exceeded,       ///< the client is over one of its rate limits
  size_invalid,              ///< `size` is not exactly `small` or `large`
  content_type_missing,      ///< an upload without a content type
  content_type_unsupported,  ///< an upload that is neither image/png nor image/jpeg
  body_too_large,            ///< an upload over `Limits::picture_bytes_max`
  imodel_not_found,          ///< malformed id, unknown iModel, or one the caller may not view
  permission_insufficient,   ///< may view, may not manage
  precondition_failed,       ///< the stored picture is not as `If-Match` or `If-None-Match` of an upload asks
  method_not_allowed,        ///< neither GET, HEAD nor PUT

  // The picture.
  picture_empty,                ///< no bytes at all
  picture_format_unknown,       ///< neither PNG nor JPEG
  picture_format_mismatch,      ///< the declared media type and the bytes disagree
  picture_bytes_over_limit,     ///< more bytes than `Limits::picture_bytes_max`
  picture_side_over_limit,      ///< a side longer than `Limits::picture_side_px_max`
  picture_pixels_over_limit,    ///< more pixels than the limit for this kind of picture
  picture_header_invalid,       ///< IHDR or frame header breaks its format's rules
  picture_chunk_invalid,        ///< a PNG chunk or JPEG segment has a wrong length, name or content
  picture_chunk_order,          ///< a PNG chunk or JPEG segment stands where it must not, or twice
  picture_chunk_over_limit,     ///< too many chunks or segments
  picture_checksum_wrong,       ///< a CRC or Adler-32 does not match
  picture_palette_invalid,      ///< palette missing, too long, or an index beyond it
  picture_data_invalid,         ///< compressed data that can not be decoded
  picture_truncated,            ///< the file ends before the picture does
  picture_feature_unsupported,  ///< valid, but of a kind that is not accepted (12-bit or lossless JPEG, ...)
  picture_work_over_limit,      ///< decoding would cost more than a limit allows (scan bomb, ...)

  // iModel files.
  imodel_file_foreign,     ///< neither an iModel nor a ViewStore file
  imodel_file_damaged,     ///< can't be read as a database
  imodel_file_over_limit,  ///< reading it would take more work or memory than a limit allows
  saved_view_missing,      ///< no view in it has a saved picture
  saved_view_invalid,      ///< the saved picture can't be unpacked or is no whole picture

  // Tokens, keys and access documents, as told to the operator, never to a caller.
  json_invalid,              ///< not strict JSON, or over a limit of size or depth
  key_invalid,               ///< a key that can not be used
  access_document_invalid,   ///< an access document with a wrong, missing or dangling entry
  access_unavailable,        ///< the access facts could not be had: denied
  rate_limiter_unavailable,  ///< a shared rate limiter could not be reached: denied

  // The store.
  store_open_failed,  ///< the file can't be opened or created
  store_foreign,      ///< a file, but not a locket store
  store_newer,        ///< made by a newer version of locket
  store_read_only,    ///< file or folder can't be written
  store_busy,         ///< another writer kept the store longer than the stated wait
  store_full,         ///< no room left on the disk
  store_io_failed,    ///< the disk failed
  store_corrupt,      ///< what is stored does not match its digest or its structure
  store_failed,       ///< any other failure of the database engine

  // Everything else.
  file_not_readable,  ///< a source file that can't be read
  file_not_writable,  ///< an output file that can't be written
  argument_invalid,   ///< a caller of the library broke a stated rule
  out_of_memory,      ///< memory could not be had
  internal_error,     ///< a defect of locket itself, or something that a function of the host's threw
};

/// One failure: what went wrong and, for the person who runs it, where and why.
/// `detail` never holds a token, a key or the text of a request; it is not meant for a caller's answer.
struct Error {
  Code code = Code::internal_error;
  std::string detail;
};

/// What a call that can fail returns. An error leaves the state that the call was to change as it was,
/// unless the call's own contract says otherwise.
template <class Value>
using Result = std::expected<Value, Error>;

/// Makes the failed form of any `Result`.
/// Inputs: a code, and a detail in plain words (UTF-8, no secrets). Cost: one move.
[[nodiscard]] inline std::unexpected<Error> fail(Code code, std::string detail = {}) {
  return std::unexpected<Error>(Error{code, std::move(detail)});
}

/// The stable name of a code, as it stands in the source (`picture_truncated`).
/// Result: a static, NUL-terminated text; "unknown" for a value outside the enumeration. Never fails. Any thread.
[[nodiscard]] LOCKET_API std::string_view code_name(Code code) noexcept;

}  // namespace locket
