#include <algorithm>
#include <new>
#include <utility>

#include "crypto/sha256.hpp"
#include "engine/query.hpp"
#include "engine/thumbnail_engine.hpp"

namespace locket::engine {
namespace {

constexpr char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter; }

/// One header of a request: how often it stands there, and its last value.
struct Found {
  int count = 0;
  std::string_view value;
};

Found find_header(const Request& request, std::string_view lower_name) {
  Found found;
  for (const HeaderView& header : request.headers) {
    if (!std::ranges::equal(header.name, lower_name, {}, lower)) continue;
    ++found.count;
    found.value = header.value;
  }
  return found;
}

Response picture_response(Fetched fetched, Method method) {
  Response response;
  response.status = fetched.not_modified ? 304 : 200;
  response.source = fetched.source;
  response.headers.reserve(5);
  if (!fetched.not_modified) {
    response.headers.push_back({"Content-Type", "image/png"});
    response.headers.push_back({"Content-Length", std::to_string(fetched.png.size())});
    if (method != Method::head) response.body = std::move(fetched.png);
  }
  response.headers.push_back({"ETag", std::move(fetched.etag)});
  response.headers.push_back({"Cache-Control", "private, no-cache"});
  const bool uploaded = fetched.source == ThumbnailSource::uploaded;
  response.headers.push_back({"X-Thumbnail-Source", uploaded ? "uploaded" : "default"});
  return response;
}

Response created_response() {
  Response response;
  response.status = 201;
  response.headers.push_back({"Content-Length", "0"});
  return response;
}

}  // namespace

auto ThumbnailEngine::identify(const Request& request) const -> Stage<Identity> {
  const Found authorization = find_header(request, "authorization");
  if (authorization.count > 1) return refused({Code::token_rejected, "more than one Authorization header"});
  auto token = parse_bearer(authorization.value);
  if (!token) return refused(std::move(token.error()));
  return identify(*token);
}

auto ThumbnailEngine::get_thumbnail(const Request& request, const Admission& admission, ProblemContext& context) const
    -> Stage<Response> {
  auto size = parse_size(request.query);
  if (!size) return refused(std::move(size.error()));
  context.quoted = {};
  auto visible = permit_view(admission, parse_guid(request.imodel_id));
  if (!visible) return std::unexpected(std::move(visible.error()));
  auto fetched = deliver(*visible, *size, find_header(request, "if-none-match").value);
  if (!fetched) return std::unexpected(std::move(fetched.error()));
  return picture_response(std::move(*fetched), request.method);
}

auto ThumbnailEngine::put_thumbnail(const Request& request, const Admission& admission, ProblemContext& context)
    -> Stage<Response> {
  const Found content_type = find_header(request, "content-type");
  context.quoted = content_type.value;
  auto declared = parse_content_type(content_type.value);
  if (!declared) return refused(std::move(declared.error()));
  const std::uint64_t body_bytes = std::max<std::uint64_t>(request.body_bytes, request.body.size());
  if (body_bytes > options_.limits.picture_bytes_max) return refused({Code::body_too_large, {}});
  auto visible = permit_view(admission, parse_guid(request.imodel_id));
  if (!visible) return std::unexpected(std::move(visible.error()));
  auto grant = permit_manage(admission, *visible);
  if (!grant) return std::unexpected(std::move(grant.error()));
  auto receipt = upload(request, *grant, *visible, *declared, admission.identity().user());
  if (!receipt) return std::unexpected(std::move(receipt.error()));
  return created_response();
}

auto ThumbnailEngine::expected_revision(const Request& request, const Visible& visible) const
    -> Stage<std::optional<std::uint64_t>> {
  const Found condition = find_header(request, "if-match");
  if (condition.count == 0) return std::nullopt;
  for (const Size size : {Size::small, Size::large}) {
    auto location = parts_.store->locate(visible.grant, size);
    if (!location) return refused(std::move(location.error()));
    if (location->has_value() && names_etag(condition.value, to_etag((*location)->digest), false)) {
      return (*location)->revision;
    }
  }
  return refused({Code::precondition_failed, "If-Match names another picture"});
}

auto ThumbnailEngine::upload(const Request& request, const ManageGrant& grant, const Visible& visible,
                             MediaType declared, const std::string& user) -> Stage<Receipt> {
  auto revision = expected_revision(request, visible);
  if (!revision) return std::unexpected(std::move(revision.error()));
  const auto actual = sniff_media_type(request.body);
  if (!request.body.empty() && actual && *actual != declared) {
    return refused({Code::picture_format_mismatch, "the declared media type and the bytes disagree"});
  }
  const Upload picture{.imodel_id = grant.imodel_id(), .itwin_id = {}, .bytes = request.body, .source_path = {}};
  SourceFacts source;
  auto record = make_record(picture, crypto::sha256(request.body), source);
  if (!record) return refused(std::move(record.error()));
  record->uploaded_by = user;
  record->expected_revision = *revision;
  auto receipt = parts_.store->put(*record);
  if (!receipt) return refused(std::move(receipt.error()));
  return *receipt;
}

auto ThumbnailEngine::answer(const Request& request, ProblemContext& context) -> Stage<Response> {
  if (parts_.tokens == nullptr) return refused({Code::argument_invalid, "this engine was made without policy parts"});
  auto identity = identify(request);
  if (!identity) return std::unexpected(std::move(identity.error()));
  auto admission = admit(*identity);
  if (!admission) return std::unexpected(std::move(admission.error()));
  switch (request.method) {
    case Method::get:
    case Method::head: return get_thumbnail(request, *admission, context);
    case Method::put: return put_thumbnail(request, *admission, context);
    case Method::other: break;
  }
  return refused({Code::method_not_allowed, {}});
}

Response ThumbnailEngine::refuse(const FetchRefusal& refusal, ProblemContext context) const {
  const Code code = refusal.error.code;
  if (code == Code::size_invalid) context.quoted = refusal.error.detail;
  context.api_name = options_.api_name;
  const bool get = context.operation == Operation::get_thumbnail;
  context.operation_name = get ? options_.get_operation_name : options_.put_operation_name;
  context.tier = refusal.tier;
  context.client_id = refusal.client_id;
  context.retry_after_s = code == Code::store_busy ? 1 : refusal.retry_after_s;
  const bool ours = status_of(code) >= 500;
  if (ours && parts_.log != nullptr) parts_.log->write(LogLevel::error, code_name(code), refusal.error.detail);
  return to_response(code, context, options_.limits);
}

Response ThumbnailEngine::handle(const Request& request) noexcept {
  const Operation operation = request.method == Method::put ? Operation::put_thumbnail : Operation::get_thumbnail;
  ProblemContext context{
      .operation = operation, .quoted = {}, .api_name = {}, .operation_name = {}, .tier = {}, .client_id = {}};
  try {
    auto response = answer(request, context);
    if (response) return std::move(*response);
    return refuse(response.error(), context);
  } catch (const std::exception&) {
    // Nothing that allocates may be tried here; a bare status is still a true answer.
    Response response;
    response.status = 503;
    return response;
  }
}

}  // namespace locket::engine
