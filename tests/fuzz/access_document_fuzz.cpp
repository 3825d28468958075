#include <string>

#include "fuzz_target.hpp"
#include "locket/access.hpp"
#include "second_reader.hpp"

namespace locket::fuzz {
namespace {

bool is_one_line(std::string_view text) {
  for (const char letter : text) {
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F) return false;
  }
  return !text.empty();
}

void ask(const AccessSnapshot& snapshot, const std::string& user, const AccessDocument& document) {
  for (const auto& imodel : document.imodels) {
    const AccessQuestion question{user, Permission::webview, ImodelFacts{imodel.id, imodel.itwin_id}};
    demand(is_one_line(explain(question, snapshot.decide(question))), "a decision is told in one line");
    AccessQuestion elsewhere = question;
    elsewhere.imodel->itwin_id.bytes[0] ^= 1;
    demand(!snapshot.decide(elsewhere).allowed, "an iModel is in one iTwin");
    demand(!snapshot.decide({user, Permission::webview, {}}).allowed, "an unknown iModel is for nobody");
  }
}

}  // namespace

void feed_access_document(BytesView input) {
  const auto document = parse_access_document(as_text(input));
  const auto judged = second::read_json(as_text(input), static_cast<int>(Limits{}.json_depth_max));
  if (!document) {
    const Code code = document.error().code;
    demand(code == Code::json_invalid || code == Code::access_document_invalid, "a document's fault has its code");
    demand(code == Code::access_document_invalid || !judged, "what the second reader takes is JSON");
    demand(is_one_line(document.error().detail), "a fault is told in one line");
    return;
  }
  demand(judged.has_value(), "the second reader takes it as well");
  const auto again = parse_access_document(to_json(*document));
  demand(again && *again == *document, "a document is read back as it was written");
  const auto snapshot = AccessSnapshot::build(*document, 7);
  demand(snapshot.has_value(), "a good document is indexed");
  for (const auto& itwin : document->itwins) {
    for (const std::string& owner : itwin.owners) ask(**snapshot, owner, *document);
    for (const auto& member : itwin.members) ask(**snapshot, member.user, *document);
  }
  ask(**snapshot, "a stranger", *document);
}

}  // namespace locket::fuzz
