#include <iostream>
#include <memory>
#include <string>

#include "json_line.hpp"
#include "message.hpp"
#include "open_store.hpp"
#include "output_file.hpp"
#include "thumbnail_export.hpp"
#include "verbs.hpp"

namespace locket::tool {
namespace {

ExitCode export_all(const Program& program, const std::string& folder) {
  const std::unique_ptr<Store> store = open_store(program, Missing::refuse);
  if (store == nullptr) return ExitCode::unusable;
  const auto counts = ThumbnailExport(program, *store, folder).run();
  if (!counts) return counts.error();
  if (program.json) {
    print_line(JsonLine().json("summary",
                               JsonLine().number("exported", counts->written).number("failed", counts->failed).str()));
  } else {
    std::cout << counted(counts->written, "thumbnail") << " written to " << printable(folder) << ", "
              << grouped(counts->failed) << " failed\n";
  }
  return counts->failed == 0 ? ExitCode::done : ExitCode::some_failed;
}

}  // namespace

void add_export_verb(Program& program) {
  CLI::App& verb =
      add_verb(program, {.name = "export", .summary = "write all PNGs into a folder", .examples = R"(Example:
  locket export pictures       writes pictures/IMODEL.small.png and pictures/IMODEL.large.png

Everybody who can read the folder sees all pictures: the policy guards the store, not a copy of it.)"});
  auto folder = std::make_shared<std::string>();
  verb.add_option("dir", *folder, "the folder to write them into")
      ->required()
      ->type_name("DIR")
      ->check(not_empty())
      ->check(place_fault);
  on_chosen(program, verb, [&program, folder] { return export_all(program, *folder); });
}

}  // namespace locket::tool
