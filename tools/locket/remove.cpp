#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "json_line.hpp"
#include "locket/store.hpp"
#include "message.hpp"
#include "open_store.hpp"
#include "verbs.hpp"

namespace locket::tool {
namespace {

// Result: whether a thumbnail was removed.
Result<bool> remove_one(Store& store, const std::string& text) {
  const std::optional<Guid> id = parse_guid(text);
  if (!id) return fail(Code::argument_invalid, "is no iModel id");
  return store.remove(*id);
}

ExitCode remove(const Program& program, const std::vector<std::string>& ids) {
  const std::unique_ptr<Store> store = open_store(program, Missing::refuse);
  if (store == nullptr) return ExitCode::unusable;
  bool all_removed = true;
  for (const std::string& id : ids) {
    const Result<bool> removed = remove_one(*store, id);
    const bool done = removed && *removed;
    all_removed = all_removed && done;
    if (program.json) {
      JsonLine line;
      line.text("imodel_id", id).flag("removed", done);
      if (!removed) line.text("code", code_name(removed.error().code)).text("reason", removed.error().detail);
      print_line(line);
    } else if (!removed) {
      complain(id, removed.error());
    } else {
      std::cout << printable(id) << (done ? ": removed\n" : ": had no thumbnail\n");
    }
  }
  return all_removed ? ExitCode::done : ExitCode::some_failed;
}

}  // namespace

void add_remove_verb(Program& program) {
  CLI::App& verb = add_verb(program, {.name = "remove",
                                      .summary = "forget thumbnails; the iModels and their access facts stay",
                                      .examples = R"(Example:
  locket remove 2b382042-4a92-46a4-a3cf-db4b77085489)"});
  auto ids = std::make_shared<std::vector<std::string>>();
  verb.add_option("imodel", *ids, "the iModels' ids")->required()->type_name("IMODEL");
  on_chosen(program, verb, [&program, ids] { return remove(program, *ids); });
}

}  // namespace locket::tool
