#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "json_line.hpp"
#include "locket/store.hpp"
#include "message.hpp"
#include "open_store.hpp"
#include "verbs.hpp"

namespace locket::tool {
namespace {

struct RemoveOptions {
  std::vector<std::string> ids;
  std::vector<std::string> files;
  bool all_failures = false;
};

// An import remembers a file by its whole path without links; the file itself may be gone.
std::string whole_path(const std::string& file) {
  std::error_code failure;
  const auto absolute = std::filesystem::absolute(file, failure);
  const auto whole = failure ? absolute : std::filesystem::weakly_canonical(absolute, failure);
  return failure ? file : whole.string();
}

// The failure of a file, named as the list has it or in any other way; nothing when it is not on the list.
const ImportFailure* find_failure(const std::vector<ImportFailure>& failures, const std::string& file) {
  for (const std::string& path : {file, whole_path(file)}) {
    const auto found = std::ranges::find(failures, path, &ImportFailure::source_path);
    if (found != failures.end()) return &*found;
  }
  return nullptr;
}

/// Forgets what one call names, and tells how each ended.
class Removal {
 public:
  Removal(const Program& program, Store& store) : json_(program.json), store_(store) {}

  void remove_thumbnail(const std::string& id) {
    tell(store_.remove(*parse_guid(id)),
         {.key = "imodel_id", .name = id, .done = "removed", .absent = "had no thumbnail"});
  }

  void forget_failure(const ImportFailure& failure) {
    ImportFailure ended;
    ended.source_path = failure.source_path;
    const auto forgotten = store_.remember_failure(ended);
    tell(forgotten ? Result<bool>(true) : std::unexpected(forgotten.error()), told_of(failure.source_path));
  }

  // Result: whether the list could be read.
  bool forget_failures(const RemoveOptions& options) {
    const auto failures = store_.failures();
    if (!failures && options.all_failures && failures.error().code == Code::store_corrupt) return empty_damaged_list();
    if (!failures) {
      complain("can't read the failed imports", failures.error());
      if (failures.error().code == Code::store_corrupt) std::cerr << "  `locket remove --failures` empties the list\n";
      return false;
    }
    for (const std::string& file : options.files) {
      const ImportFailure* failure = find_failure(*failures, file);
      if (failure != nullptr) forget_failure(*failure);
      if (failure == nullptr) tell(false, told_of(file));
    }
    if (!options.all_failures) return true;
    for (const ImportFailure& failure : *failures) forget_failure(failure);
    if (failures->empty() && !json_) std::cout << "there are no failed imports\n";
    return true;
  }

  [[nodiscard]] bool all_done() const { return all_done_; }

 private:
  // Nothing depends on it, so it is better empty than damaged.
  bool empty_damaged_list() {
    if (const auto forgotten = store_.forget_failures(); !forgotten) {
      complain("can't empty the list of failed imports", forgotten.error());
      return false;
    }
    if (json_) {
      print_line(JsonLine().text("failures", "damaged").flag("removed", true));
    } else {
      std::cout << "the list of failed imports was damaged, and is empty now\n";
    }
    return true;
  }

  /// How one item is told: to programs under a key, to people with one of two phrases.
  struct Telling {
    std::string_view key;
    const std::string& name;
    std::string_view done;
    std::string_view absent;
  };

  static Telling told_of(const std::string& file) {
    return {.key = "file", .name = file, .done = "forgotten", .absent = "is no failed import"};
  }

  void tell(const Result<bool>& removed, const Telling& item) {
    const bool done = removed && *removed;
    all_done_ = all_done_ && done;
    if (json_) {
      JsonLine line;
      line.text(item.key, item.name).flag("removed", done);
      if (!removed) line.text("code", code_name(removed.error().code)).text("reason", removed.error().detail);
      print_line(line);
    } else if (!removed) {
      complain(item.name, removed.error());
    } else {
      std::cout << printable(item.name) << ": " << (done ? item.done : item.absent) << '\n';
    }
  }

  bool json_;
  Store& store_;
  bool all_done_ = true;
};

ExitCode remove(const Program& program, const RemoveOptions& options) {
  const bool failures = options.all_failures || !options.files.empty();
  if (options.ids.empty() && !failures) {
    complain("name what to forget: an IMODEL, or --failure FILE, or --failures");
    return ExitCode::unusable;
  }
  const std::unique_ptr<Store> store = open_store(program, Missing::refuse);
  if (store == nullptr) return ExitCode::unusable;
  Removal removal(program, *store);
  for (const std::string& id : options.ids) removal.remove_thumbnail(id);
  if (failures && !removal.forget_failures(options)) return ExitCode::unusable;
  return removal.all_done() ? ExitCode::done : ExitCode::some_failed;
}

}  // namespace

void add_remove_verb(Program& program) {
  CLI::App& verb =
      add_verb(program, {.name = "remove",
                         .summary = "forget thumbnails, or imports that failed; iModels and access facts stay",
                         .examples = R"(Examples:
  locket remove 2b382042-4a92-46a4-a3cf-db4b77085489
  locket remove --failure pictures/gone.png     takes a file off the list of `locket stats --failures`
  locket remove --failures                      empties that list
A file that is imported well later leaves the list by itself. What damage left of a thumbnail goes as well; where the
iModel's own entry is damaged, import it again with --itwin.)"});
  auto options = std::make_shared<RemoveOptions>();
  verb.add_option("imodel", options->ids, "the iModels whose thumbnails are forgotten")
      ->type_name("IMODEL")
      ->check(guid_fault);
  auto* one =
      verb.add_option("--failure", options->files, "forget that the import of this file failed; may be given again")
          ->type_name("FILE")
          ->expected(1)
          ->take_all();
  verb.add_flag("--failures", options->all_failures, "forget all imports that failed")->excludes(one);
  on_chosen(program, verb, [&program, options] { return remove(program, *options); });
}

}  // namespace locket::tool
