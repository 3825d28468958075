#include <iostream>
#include <memory>
#include <string>

#include "json_line.hpp"
#include "locket/store.hpp"
#include "message.hpp"
#include "open_store.hpp"
#include "output_file.hpp"
#include "verbs.hpp"

namespace locket::tool {
namespace {

ExitCode backup(const Program& program, const std::string& path) {
  const std::unique_ptr<Store> store = open_store(program, Missing::refuse);
  if (store == nullptr) return ExitCode::unusable;
  const Result<void> copied = store->backup(path);
  if (!copied) {
    complain("no backup was made at " + path, copied.error());
    return ExitCode::unusable;
  }
  if (program.json) {
    print_line(JsonLine().text("backup", path));
  } else {
    std::cout << "copied to " << printable(path) << " and verified\n";
  }
  return ExitCode::done;
}

}  // namespace

void add_backup_verb(Program& program) {
  CLI::App& verb = add_verb(program, {.name = "backup",
                                      .summary = "copy the store into a file while it is in use, and verify the copy",
                                      .examples = R"(Example:
  locket backup /var/backups/thumbnails.locket
A file that stands there is replaced only when it is a store itself, such as an older copy, and only when the new one is
proven. The copy is a whole store: use it with --store, or put it in the place of the other while nobody uses that. As
with any store, reading it too needs leave to write to the file and its folder.)"});
  auto path = std::make_shared<std::string>();
  verb.add_option("file", *path, "the file to copy it into")
      ->required()
      ->type_name("FILE")
      ->check(not_empty())
      ->check(place_fault);
  on_chosen(program, verb, [&program, path] { return backup(program, *path); });
}

}  // namespace locket::tool
