#include "serve/gallery.hpp"

#include <optional>

#include "json_line.hpp"
#include "serve/answer.hpp"

namespace locket::tool {
namespace {

/// What may be done with one iModel, and why.
struct Verdict {
  bool visible = false;
  bool manage = false;
  std::string view_why;
  std::string manage_why;
};

Verdict judge(const Service& service, const Admission& admission, const std::optional<ImodelFacts>& facts) {
  const std::string& user = admission.identity().user();
  Verdict verdict;
  const auto view = service.access->authorize_view(admission, facts);
  verdict.visible = view.has_value();
  verdict.view_why = explain({user, Permission::webview, facts}, view ? view->decision() : view.error());
  if (!view) return verdict;
  const auto manage = service.access->authorize_manage(admission, *view, *facts);
  verdict.manage = manage.has_value();
  verdict.manage_why = explain({user, Permission::manage, facts}, manage ? manage->decision() : manage.error());
  return verdict;
}

/// What a query says under one name: how often, and the first value.
struct QueryValue {
  std::string_view text;
  std::size_t count = 0;
};

// The gallery's own values need no decoding.
QueryValue query_value(std::string_view query, std::string_view name) {
  QueryValue value;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=') && value.count++ == 0) {
      value.text = pair.substr(name.size() + 1);
    }
    query = end == query.npos ? std::string_view() : query.substr(end + 1);
  }
  return value;
}

// The same form as an invalid `size` has, without what the caller sent.
Response invalid_value(std::string_view parameter, std::string_view message) {
  const std::string detail =
      JsonLine().text("code", "InvalidValue").text("message", message).text("target", parameter).str();
  JsonLine error;
  error.text("code", "InvalidiModelsRequest")
      .text("message", "Cannot get iModels.")
      .json("details", "[" + detail + "]");
  return text_answer(422, "application/json", JsonLine().json("error", error.str()).str());
}

/// One page of the list while it is filled.
class GalleryPage {
 public:
  GalleryPage(const Service& service, const Admission& admission, bool hidden)
      : service_(service), admission_(admission), hidden_(hidden) {}

  /// Takes one iModel. Result: whether there is room for more.
  bool take(const ImodelEntry& entry) {
    if (count_ >= service_.limits.gallery_page_max || scanned_ >= service_.limits.gallery_scanned_max) {
      more_ = true;
      return false;
    }
    ++scanned_;
    last_ = entry.facts.imodel_id;
    const Verdict verdict = judge(service_, admission_, entry.facts);
    if (!verdict.visible && !hidden_) return true;
    JsonLine line;
    line.text("id", to_string(entry.facts.imodel_id)).text("itwin_id", to_string(entry.facts.itwin_id));
    line.flag("uploaded", entry.uploaded).flag("visible", verdict.visible).flag("manage", verdict.manage);
    if (!verdict.visible) line.text("why", verdict.view_why);
    if (count_++ > 0) entries_ += ',';
    entries_ += line.str();
    return true;
  }

  [[nodiscard]] std::string str() const {
    return "{\"imodels\":[" + entries_ + "],\"next\":" + (more_ ? json_quoted(to_string(last_)) : "null") + "}";
  }

 private:
  const Service& service_;
  const Admission& admission_;
  const bool hidden_;
  std::string entries_;
  std::uint32_t count_ = 0;
  std::uint32_t scanned_ = 0;
  Guid last_;
  bool more_ = false;
};

}  // namespace

Response gallery_list_answer(const Service& service, const Request& request) {
  auto admission = service.engine->admit_caller(request);
  if (!admission) return std::move(admission.error());
  AuditSink::admitted(admission->identity().user());
  const QueryValue after_text = query_value(request.query, "after");
  const auto after = after_text.count == 1 ? parse_guid(after_text.text) : std::nullopt;
  if (after_text.count > 0 && !after) return invalid_value("after", "'after' must be the id of one iModel.");
  const QueryValue hidden = query_value(request.query, "hidden");
  const bool include = hidden.count == 1 && hidden.text == "include";
  if (hidden.count > 0 && !include) return invalid_value("hidden", "The only valid 'hidden' value is 'include'.");
  GalleryPage page(service, *admission, include);
  const auto listed = service.store->list_imodels(after, [&](const ImodelEntry& entry) { return page.take(entry); });
  if (!listed) return service.engine->problem(listed.error().code, Method::get);
  return text_answer(200, "application/json", page.str());
}

Response gallery_entry_answer(const Service& service, const Request& request) {
  auto admission = service.engine->admit_caller(request);
  if (!admission) return std::move(admission.error());
  AuditSink::admitted(admission->identity().user());
  const auto id = parse_guid(request.imodel_id);
  if (!id) return service.engine->problem(Code::imodel_not_found, Method::get);
  const auto entry = service.store->find_imodel(*id);
  if (!entry) return service.engine->problem(entry.error().code, Method::get);
  const std::optional<ImodelFacts> facts = *entry ? std::optional((*entry)->facts) : std::nullopt;
  const Verdict verdict = judge(service, *admission, facts);
  JsonLine line;
  line.text("id", to_string(*id)).flag("known", facts.has_value()).flag("visible", verdict.visible);
  line.flag("manage", verdict.manage).text("view_why", verdict.view_why).text("manage_why", verdict.manage_why);
  return text_answer(200, "application/json", line.str());
}

}  // namespace locket::tool
