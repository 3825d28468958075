#include "engine/problem.hpp"

#include <algorithm>
#include <utility>

#include "base/image.hpp"
#include "engine/json_text.hpp"

namespace locket::engine {
namespace {

/// What stands inside `details`, if anything does.
enum class Detail : std::uint8_t { none, size, header_missing, header_value, body };

struct Row {
  std::uint16_t status;
  std::string_view code;
  std::string_view message;  // empty: depends on the operation or the limits
  Detail detail = Detail::none;
};

constexpr Row unprocessable(Detail detail) { return {422, "InvalidiModelsRequest", "", detail}; }
constexpr Row unauthorized{401, "Unauthorized",
                           "Access denied due to invalid access_token. Make sure that issuer is correct, the token is "
                           "not expired and is not corrupted."};
constexpr Row unavailable{503, "ServiceUnavailable", "The service is temporarily unavailable. Try again later."};
constexpr Row internal{500, "InternalServerError", "The request could not be completed because of an internal error."};

constexpr Row no_row{0, "", ""};

// A switch without a default: the compiler warns of a code that has no row.
constexpr Row find_row(Code code) {
  switch (code) {
    case Code::authorization_missing:
      return {401, "HeaderNotFound", "Header Authorization was not found in the request. Access denied."};
    case Code::token_rejected: return unauthorized;
    case Code::rate_limit_exceeded:
      return {429, "RateLimitExceeded",
              "The client sent more requests than allowed by this API for the current tier of the client."};
    case Code::size_invalid: return unprocessable(Detail::size);
    case Code::content_type_missing: return unprocessable(Detail::header_missing);
    case Code::content_type_unsupported: return unprocessable(Detail::header_value);
    case Code::body_too_large: return {413, "RequestTooLarge", ""};
    case Code::imodel_not_found: return {404, "iModelNotFound", "Requested iModel is not available."};
    case Code::permission_insufficient:
      return {403, "InsufficientPermissions", "The user has insufficient permissions for the requested operation."};
    case Code::precondition_failed:
      return {412, "PreconditionFailed", "The stored Thumbnail does not meet the condition of the request."};
    case Code::method_not_allowed: return {405, "MethodNotAllowed", "The method is not allowed for this resource."};
    case Code::picture_empty:
    case Code::picture_format_unknown:
    case Code::picture_format_mismatch:
    case Code::picture_bytes_over_limit:
    case Code::picture_side_over_limit:
    case Code::picture_pixels_over_limit:
    case Code::picture_header_invalid:
    case Code::picture_chunk_invalid:
    case Code::picture_chunk_order:
    case Code::picture_chunk_over_limit:
    case Code::picture_checksum_wrong:
    case Code::picture_palette_invalid:
    case Code::picture_data_invalid:
    case Code::picture_truncated:
    case Code::picture_feature_unsupported:
    case Code::picture_work_over_limit: return unprocessable(Detail::body);
    case Code::access_unavailable:
    case Code::rate_limiter_unavailable:
    case Code::store_busy:
    case Code::store_full:
    case Code::out_of_memory: return unavailable;
    case Code::imodel_file_foreign:
    case Code::imodel_file_damaged:
    case Code::imodel_file_over_limit:
    case Code::saved_view_missing:
    case Code::saved_view_invalid:
    case Code::json_invalid:
    case Code::key_invalid:
    case Code::access_document_invalid:
    case Code::store_open_failed:
    case Code::store_foreign:
    case Code::store_newer:
    case Code::store_read_only:
    case Code::store_io_failed:
    case Code::store_corrupt:
    case Code::store_failed:
    case Code::file_not_readable:
    case Code::file_not_writable:
    case Code::argument_invalid:
    case Code::internal_error: return internal;
  }
  return no_row;
}

constexpr bool every_code_has_a_row() {
  for (std::uint16_t value = 0; value <= static_cast<std::uint16_t>(Code::internal_error); ++value) {
    if (find_row(static_cast<Code>(value)).status == 0) return false;
  }
  return true;
}
static_assert(every_code_has_a_row(), "a code without a row has no answer");

// What is no code at all is a defect of ours.
constexpr Row row_of(Code code) {
  const Row row = find_row(code);
  return row.status == 0 ? internal : row;
}

void append_message(std::string& body, const Row& row, Operation operation, const Limits& limits) {
  if (!row.message.empty()) {
    body.append(row.message);
  } else if (row.status == 413) {
    body.append("The request body exceeds the maximum size of ");
    body.append(std::to_string(limits.picture_bytes_max)).append(" bytes.");
  } else {
    body.append(operation == Operation::get_thumbnail ? "Cannot get Thumbnail." : "Cannot upload Thumbnail.");
  }
}

// Says which limit a picture broke; the other faults of a picture are not told to a caller.
std::string inner_message(Code code, const Limits& limits) {
  if (code == Code::picture_side_over_limit) {
    return "A side of the picture exceeds the maximum of " +
           std::to_string(std::min(limits.picture_side_px_max, side_px_max)) + " pixels.";
  }
  if (code == Code::picture_pixels_over_limit) {
    return "The picture exceeds the maximum of " + std::to_string(limits.picture_pixels_max) + " pixels (" +
           std::to_string(limits.buffered_picture_pixels_max) + " when interlaced, progressive or in several scans).";
  }
  return {};
}

void append_body_detail(std::string& body, Code code, const Limits& limits) {
  body.append(
      R"({"code":"InvalidRequestBody","message":"Invalid Thumbnail format. Please use one of the supported media formats: )"
      R"('image/jpeg', 'image/png'.","innerError":{"code":"InvalidThumbnailFormat")");
  const std::string message = inner_message(code, limits);
  if (!message.empty()) body.append(R"(,"message":")").append(message).append("\"");
  body.append("}}");
}

void append_detail(std::string& body, Detail detail, Code code, const ProblemContext& context, const Limits& limits) {
  switch (detail) {
    case Detail::none: break;
    case Detail::size:
      body.append(R"({"code":"InvalidValue","message":"')");
      append_json_text(body, context.quoted, limits.quoted_text_chars_max);
      body.append(R"(' is not a valid 'size'. Valid 'size' values are: 'small', 'large'.","target":"size"})");
      break;
    case Detail::header_missing:
      body.append(
          R"({"code":"MissingRequiredHeader","message":"Required header is missing.","target":"content-type"})");
      break;
    case Detail::header_value:
      body.append(R"({"code":"InvalidHeaderValue","message":"')");
      append_json_text(body, context.quoted, limits.quoted_text_chars_max);
      body.append(
          R"(' is not supported 'content-type'. Supported media types are 'image/jpeg', 'image/png'.","target":"content-type"})");
      break;
    case Detail::body: append_body_detail(body, code, limits); break;
  }
}

// A header's value must hold nothing that could end it: a client's name comes from a token, a tier's from a document.
// What nobody knows, as where a transport refuses by itself, has no line.
void add_named(Response& response, std::string_view header, std::string_view text) {
  if (text.empty()) return;
  std::string safe(text);
  std::ranges::replace_if(safe, [](char letter) { return letter < 0x20 || letter >= 0x7F; }, '?');
  response.headers.push_back({header, std::move(safe)});
}

void add_headers(Response& response, Code code, const ProblemContext& context) {
  if (response.status == 401) response.headers.push_back({"WWW-Authenticate", "Bearer"});
  if (response.status == 405) response.headers.push_back({"Allow", "GET, HEAD, PUT"});
  const bool waits = code == Code::rate_limit_exceeded || (response.status == 503 && context.retry_after_s > 0);
  if (waits) response.headers.push_back({"Retry-After", std::to_string(context.retry_after_s)});
  if (code != Code::rate_limit_exceeded) return;
  add_named(response, "ITwinPlatform-RateLimited-Tier", context.tier);
  add_named(response, "ITwinPlatform-RateLimited-API", context.api_name);
  add_named(response, "ITwinPlatform-RateLimited-Operation", context.operation_name);
  add_named(response, "ITwinPlatform-RateLimited-Application", context.client_id);
}

}  // namespace

Response to_response(Code code, const ProblemContext& context, const Limits& limits) {
  const Row row = row_of(code);
  std::string body = R"({"error":{"code":")";
  body.append(row.code).append(R"(","message":")");
  append_message(body, row, context.operation, limits);
  body.append("\"");
  if (row.detail != Detail::none) {
    body.append(R"(,"details":[)");
    append_detail(body, row.detail, code, context, limits);
    body.append("]");
  }
  body.append("}}");

  Response response;
  response.status = row.status;
  response.headers.push_back({"Content-Type", "application/json"});
  response.headers.push_back({"Content-Length", std::to_string(body.size())});
  add_headers(response, code, context);
  const BytesView bytes = as_bytes(body);
  response.body = SharedBytes(Bytes(bytes.begin(), bytes.end()));
  return response;
}

std::uint16_t status_of(Code code) noexcept { return row_of(code).status; }

}  // namespace locket::engine
