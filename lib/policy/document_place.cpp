#include "policy/document_place.hpp"

#include "policy/quoted_name.hpp"

namespace locket::policy {

void DocumentPlace::append_to(std::string& text) const {
  if (outer_ == nullptr) return;
  outer_->append_to(text);
  if (index_) {
    text += '[' + std::to_string(*index_) + ']';
  } else if (quoted_) {
    text += '[' + quote_name(key_) + ']';
  } else {
    if (!text.empty()) text += '.';
    text += key_;
  }
}

std::string DocumentPlace::to_text() const {
  std::string text;
  append_to(text);
  if (text.empty()) text = "document";
  return text;
}

std::unexpected<Error> DocumentPlace::fault(std::string_view what) const {
  return fail(Code::access_document_invalid, to_text().append(": ").append(what));
}

}  // namespace locket::policy
