#include <algorithm>
#include <new>
#include <type_traits>
#include <utility>

#include "base/log_text.hpp"
#include "crypto/sha256.hpp"
#include "engine/query.hpp"
#include "engine/thumbnail_engine.hpp"

namespace locket::engine {
namespace {

constexpr int looks_max = 8;  // at what an upload's conditions are about

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

/// The value of a header that is a list: all its lines are one (RFC 9110, section 5.3). `lines` holds it where there
/// are several.
std::string_view find_list(const Request& request, std::string_view lower_name, std::string& lines) {
  const Found found = find_header(request, lower_name);
  if (found.count < 2) return found.value;
  for (const HeaderView& header : request.headers) {
    if (std::ranges::equal(header.name, lower_name, {}, lower)) lines.append(header.value).append(",");
  }
  lines.pop_back();
  return lines;
}

/// A copy of such a value; nothing where there is no such header.
std::optional<std::string> copy_list(const Request& request, std::string_view lower_name) {
  if (find_header(request, lower_name).count == 0) return std::nullopt;
  std::string lines;
  return std::string(find_list(request, lower_name, lines));
}

Response picture_response(Fetched fetched, Method method) {
  Response response;
  response.status = fetched.not_modified ? 304 : 200;
  response.source = fetched.source;
  response.headers.reserve(5);
  if (!fetched.not_modified) {
    response.headers.emplace_back("Content-Type", "image/png");
    response.headers.emplace_back("Content-Length", std::to_string(fetched.png.size()));
    if (method != Method::head) response.body = std::move(fetched.png);
  }
  response.headers.emplace_back("ETag", std::move(fetched.etag));
  response.headers.emplace_back("Cache-Control", "private, no-cache");
  const bool uploaded = fetched.source == ThumbnailSource::uploaded;
  response.headers.emplace_back("X-Thumbnail-Source", uploaded ? "uploaded" : "default");
  return response;
}

Response created_response() {
  Response response;
  response.status = 201;
  response.headers.emplace_back("Content-Length", "0");
  return response;
}

}  // namespace

auto ThumbnailEngine::identify_request(const Request& request) const -> Stage<Identity> {
  const Found authorization = find_header(request, "authorization");
  if (authorization.count > 1) return refused({Code::token_rejected, "more than one Authorization header"});
  auto token = parse_bearer(authorization.value, options_.limits.token_bytes_max);
  if (!token) return refused(std::move(token.error()));
  return identify(*token);
}

auto ThumbnailEngine::get_thumbnail(const Request& request, const Admission& admission) const -> Stage<Response> {
  auto size = parse_size(request.query);
  if (!size) return refused(std::move(size.error()));
  auto visible = permit_view(admission, asked_for(request.imodel_id));
  if (!visible) return std::unexpected(std::move(visible.error()));
  std::string lines;
  auto fetched = deliver(*visible, *size, find_list(request, "if-none-match", lines));
  if (!fetched) return std::unexpected(std::move(fetched.error()));
  return picture_response(std::move(*fetched), request.method);
}

auto ThumbnailEngine::permit_upload(const Request& request, const Admission& admission) const -> Stage<UploadPermit> {
  std::string lines;
  const std::string_view content_type = find_list(request, "content-type", lines);
  if (!lines.empty()) return refused({Code::content_type_unsupported, std::move(lines)});  // it is no list
  auto declared = parse_content_type(content_type);
  if (!declared) return refused(std::move(declared.error()));
  const std::uint64_t body_bytes = std::max<std::uint64_t>(request.body_bytes, request.body.size());
  if (body_bytes > options_.limits.picture_bytes_max) return refused({Code::body_too_large, {}});
  auto visible = permit_view(admission, asked_for(request.imodel_id));
  if (!visible) return std::unexpected(std::move(visible.error()));
  auto grant = permit_manage(admission, *visible);
  if (!grant) return std::unexpected(std::move(grant.error()));
  return UploadPermit(std::make_unique<UploadTerms>(number_, admission, grant->imodel_id(), *declared,
                                                    copy_list(request, "if-match"),
                                                    copy_list(request, "if-none-match")));
}

auto ThumbnailEngine::store_upload(const UploadPermit& permit, BytesView body) -> Stage<Response> {
  if (permit.terms_ == nullptr) return refused({Code::argument_invalid, "an upload's permit was used twice"});
  const UploadTerms& terms = *permit.terms_;
  if (terms.engine != number_) return refused({Code::argument_invalid, "an upload's permit of another engine"});
  if (body.size() > options_.limits.picture_bytes_max) return refused({Code::body_too_large, {}});
  auto visible = permit_view(terms.admission, {terms.imodel_id, terms.imodel_id});
  if (!visible) return std::unexpected(std::move(visible.error()));
  auto grant = permit_manage(terms.admission, *visible);
  if (!grant) return std::unexpected(std::move(grant.error()));
  auto receipt = upload(terms, *grant, *visible, body);
  if (!receipt) return std::unexpected(std::move(receipt.error()));
  return created_response();
}

// The conditions of an upload (RFC 9110, section 13.1) as the revision that the store shall still find: 0 where it
// shall find none. It is that of the first look, so that whatever is changed after it is found out by the store. A
// default picture is not stored: no condition names it.
auto ThumbnailEngine::expected_revision(const UploadTerms& terms, const Visible& visible) const
    -> Stage<std::optional<std::uint64_t>> {
  if (!terms.if_match && !terms.if_none_match) return std::nullopt;
  std::optional<std::uint64_t> revision;
  bool matches = false;
  bool excluded = false;
  for (const Size size : {Size::small, Size::large}) {
    auto location = parts_.store->locate(visible.grant, size);
    if (!location) return refused_by_store(std::move(location.error()));
    if (!revision) revision = location->has_value() ? (*location)->revision : 0;
    if (!location->has_value()) continue;
    const std::string etag = to_etag((*location)->digest);
    matches = matches || (terms.if_match && names_etag(*terms.if_match, etag, false));
    excluded = excluded || (terms.if_none_match && names_etag(*terms.if_none_match, etag, true));
  }
  if (terms.if_match && !matches) return refused({Code::precondition_failed, "If-Match names another picture"});
  if (excluded) return refused({Code::precondition_failed, "If-None-Match names the picture"});
  return revision;
}

auto ThumbnailEngine::upload(const UploadTerms& terms, const ManageGrant& grant, const Visible& visible, BytesView body)
    -> Stage<Receipt> {
  auto revision = expected_revision(terms, visible);
  if (!revision) return std::unexpected(std::move(revision.error()));
  const auto actual = sniff_media_type(body);
  if (!body.empty() && actual && *actual != terms.declared) {
    return refused({Code::picture_format_mismatch, "the declared media type and the bytes disagree"});
  }
  const Upload picture{.imodel_id = grant.imodel_id(), .itwin_id = {}, .bytes = body, .source_path = {}};
  auto record = make_record(picture, crypto::sha256(body));
  if (!record) return refused(std::move(record.error()));
  record->uploaded_by = terms.admission.identity().user();
  // What was changed meanwhile may still be as it was asked for: not the picture that If-None-Match names, for
  // instance.
  for (int look = 1;; ++look) {
    record->expected_revision = *revision;
    auto receipt = parts_.store->put(*record);
    if (receipt) return *receipt;
    const Code code = receipt.error().code;
    if (code == Code::argument_invalid) {  // the iModel may have left the facts since it was looked at
      auto still = permit_view(terms.admission, {terms.imodel_id, terms.imodel_id});
      if (!still) return std::unexpected(std::move(still.error()));
    }
    const bool has_condition = terms.if_match || terms.if_none_match;
    if (code != Code::precondition_failed || !has_condition) return refused_by_store(std::move(receipt.error()));
    if (look == looks_max) return refused(std::move(receipt.error()));
    revision = expected_revision(terms, visible);
    if (!revision) return std::unexpected(std::move(revision.error()));
  }
}

auto ThumbnailEngine::admit_request(const Request& request) const -> Stage<Admission> {
  if (parts_.tokens == nullptr) return refused({Code::argument_invalid, std::string(no_policy)});
  auto identity = identify_request(request);
  if (!identity) return std::unexpected(std::move(identity.error()));
  return admit(*identity);
}

auto ThumbnailEngine::answer(const Request& request) -> Stage<Response> {
  auto admission = admit_request(request);
  if (!admission) return std::unexpected(std::move(admission.error()));
  if (request.method == Method::get || request.method == Method::head) return get_thumbnail(request, *admission);
  if (request.method != Method::put) return refused({Code::method_not_allowed, {}});
  auto permit = permit_upload(request, *admission);
  if (!permit) return std::unexpected(std::move(permit.error()));
  return store_upload(*permit, request.body);
}

Response ThumbnailEngine::refuse(const FetchRefusal& refusal, ProblemContext context) const {
  const Code code = refusal.error.code;
  const bool quotes = code == Code::size_invalid || code == Code::content_type_unsupported;
  if (quotes) context.quoted = refusal.error.detail;
  context.tier = refusal.tier;
  context.client_id = refusal.client_id;
  context.retry_after_s = code == Code::store_busy ? 1 : refusal.retry_after_s;
  if (parts_.decisions != nullptr) parts_.decisions->refused(refusal);
  const bool ours = status_of(code) >= 500;
  if (ours && parts_.log != nullptr) {
    parts_.log->write(LogLevel::error, code_name(code), log_text(refusal.error.detail));
  }
  return to_response(code, context, options_.limits);
}

Response ThumbnailEngine::without_memory() const noexcept {
  Response answer;
  answer.status = unavailable_.status;
  answer.body = unavailable_.body;  // shared, which takes no memory
  try {
    answer.headers = unavailable_.headers;
  } catch (...) {  // there is no memory for them: the body goes alone
  }
  return answer;
}

template <class Call>
auto ThumbnailEngine::guarded(Call call, Method method) const noexcept {
  using Outcome = std::invoke_result_t<Call, ProblemContext&>;
  const bool puts = method == Method::put;
  ProblemContext context{.operation = puts ? Operation::put_thumbnail : Operation::get_thumbnail,
                         .quoted = {},
                         .api_name = options_.api_name,
                         .operation_name = puts ? options_.put_operation_name : options_.get_operation_name,
                         .tier = {},
                         .client_id = {}};
  Response answer;
  try {
    return call(context);
  } catch (const std::bad_alloc&) {
    answer = without_memory();
  } catch (...) {
    try {
      FetchRefusal refusal;
      refusal.error = {Code::access_unavailable, std::string(host_threw)};
      answer = refuse(refusal, context);
    } catch (...) {
      answer = without_memory();
    }
  }
  if constexpr (std::is_same_v<Outcome, Response>) {
    return answer;
  } else {
    return Outcome(std::unexpected(std::move(answer)));
  }
}

Response ThumbnailEngine::handle(const Request& request) noexcept {
  return guarded(
      [&](ProblemContext& context) -> Response {
        auto response = answer(request);
        return response ? std::move(*response) : refuse(response.error(), context);
      },
      request.method);
}

std::expected<UploadPermit, Response> ThumbnailEngine::open_upload(const Request& head) noexcept {
  return guarded(
      [&](ProblemContext& context) -> std::expected<UploadPermit, Response> {
        auto admission = admit_request(head);
        if (!admission) return std::unexpected(refuse(admission.error(), context));
        auto permit = permit_upload(head, *admission);
        if (!permit) return std::unexpected(refuse(permit.error(), context));
        return std::move(*permit);
      },
      Method::put);
}

Response ThumbnailEngine::finish_upload(UploadPermit permit, BytesView body) noexcept {
  return guarded(
      [&](ProblemContext& context) -> Response {
        auto response = store_upload(permit, body);
        return response ? std::move(*response) : refuse(response.error(), context);
      },
      Method::put);
}

std::expected<Admission, Response> ThumbnailEngine::admit_caller(const Request& request) noexcept {
  return guarded(
      [&](ProblemContext& context) -> std::expected<Admission, Response> {
        auto admission = admit_request(request);
        if (!admission) return std::unexpected(refuse(admission.error(), context));
        return std::move(*admission);
      },
      request.method);
}

Response ThumbnailEngine::problem(Code code, Method method) const noexcept {
  return guarded(
      [&](ProblemContext& context) -> Response {
        context.retry_after_s = 1;
        return to_response(code, context, options_.limits);
      },
      method);
}

}  // namespace locket::engine
