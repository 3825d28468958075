#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "failure_register.hpp"
#include "import_run.hpp"
#include "import_source.hpp"
#include "interrupt.hpp"
#include "json_line.hpp"
#include "locket/engine.hpp"
#include "message.hpp"
#include "open_store.hpp"
#include "progress_bar.hpp"
#include "recipe_option.hpp"
#include "verbs.hpp"

namespace locket::tool {
namespace {

struct ImportOptions {
  std::vector<std::string> paths;
  std::string imodel_id;
  std::string itwin_id;
  bool derive_ids = false;
  bool force = false;
  unsigned jobs = 0;
  std::shared_ptr<RecipeOption> recipe;
};

// Counts and tells the outcomes of one import.
class ImportReport {
 public:
  ImportReport(bool json, std::uint64_t total) : json_(json), total_(total), bar_("importing", json) {}

  void tell(const ImportItem& item, const ImportOutcome& outcome) {
    if (outcome.failure) {
      failures_[outcome.failure->code].push_back(printable(item.file) + ": " + reason_of(*outcome.failure));
      ++failed_;
    } else {
      ++(outcome.unchanged ? unchanged_ : stored_);
    }
    if (json_) tell_json(item, outcome);
    bar_.show(told(), {.total = total_, .failed = failed_});
  }

  void summarize(std::uint64_t passed_over) {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    bar_.clear();
    if (json_) {
      print_line(JsonLine().json("summary", JsonLine()
                                                .number("stored", stored_)
                                                .number("unchanged", unchanged_)
                                                .number("failed", failed_)
                                                .decimal("seconds", seconds)
                                                .str()));
      return;
    }
    for (const auto& [code, lines] : failures_) {
      std::cout << code_name(code) << '\n';
      for (const std::string& line : lines) std::cout << "  " << line << '\n';
      if (const std::string_view advice = advice_on(code); !advice.empty()) std::cout << "  -> " << advice << '\n';
    }
    std::cout << grouped(stored_) << " stored, " << grouped(unchanged_) << " unchanged, " << grouped(failed_)
              << " failed in " << static_cast<double>(static_cast<std::uint64_t>(seconds * 10)) / 10 << " s\n";
    if (passed_over > 0)
      std::cout << counted(passed_over, "file") << " in folders passed over: no PNG or JPEG by name\n";
    if (told() < total_)
      std::cout << "interrupted: " << grouped(total_ - told()) << " not begun; run it again to go on\n";
  }

  [[nodiscard]] bool all_good() const { return failed_ == 0 && told() == total_; }

 private:
  [[nodiscard]] std::uint64_t told() const { return stored_ + unchanged_ + failed_; }

  static std::string reason_of(const Error& error) {
    return printable(error.detail.empty() ? code_name(error.code) : std::string_view(error.detail));
  }

  static void tell_json(const ImportItem& item, const ImportOutcome& outcome) {
    JsonLine line;
    line.text("file", item.file);
    if (item.imodel_id) line.text("imodel_id", to_string(*item.imodel_id));
    if (!item.imodel_id) line.json("imodel_id", "null");
    line.text("status", outcome.failure ? "failed" : outcome.unchanged ? "unchanged" : "stored");
    if (outcome.failure) {
      line.text("code", code_name(outcome.failure->code)).text("reason", reason_of(*outcome.failure));
    }
    print_line(line);
  }

  bool json_;
  std::uint64_t total_;
  ProgressBar bar_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::uint64_t stored_ = 0;
  std::uint64_t unchanged_ = 0;
  std::uint64_t failed_ = 0;
  std::map<Code, std::vector<std::string>> failures_;
};

NamingRules naming_rules(const ImportOptions& options) {
  return {.imodel_id = parse_guid(options.imodel_id),
          .itwin_id = parse_guid(options.itwin_id),
          .derive = options.derive_ids};
}

std::string guid_fault(const std::string& text) { return parse_guid(text) ? "" : "must be a GUID, not " + text; }

ExitCode run_import(const Program& program, const ImportOptions& options) {
  const NamingRules rules = naming_rules(options);
  const ImportList list = find_pictures(options.paths, rules);
  if (rules.imodel_id && list.items.size() != 1) {
    complain("--id is for one picture; these are " + grouped(list.items.size()));
    return ExitCode::unusable;
  }
  const Limits& limits = options.recipe->limits;
  const std::unique_ptr<Store> store = open_store(program, Missing::make, limits);
  if (store == nullptr) return ExitCode::unusable;
  EngineParts parts;
  parts.store = store.get();
  parts.log = &standard_error_log();
  EngineOptions engine_options;
  engine_options.recipe = options.recipe->recipe;
  engine_options.limits = limits;
  const auto engine = Engine::create(parts, engine_options);
  if (!engine) {
    complain("can't make the engine", engine.error());
    return ExitCode::unusable;
  }
  ImportSettings settings{.limits = limits, .jobs = options.jobs, .force = options.force};
  if (settings.jobs == 0) settings.jobs = std::max(1U, std::thread::hardware_concurrency());

  FailureRegister failures(*store);
  const Interrupt interrupt;
  ImportReport report(program.json, list.items.size());
  import_pictures(
      **engine, failures, list.items, settings,
      [&report](const ImportItem& item, const ImportOutcome& outcome) { report.tell(item, outcome); },
      [&interrupt] { return interrupt.came(); });
  report.summarize(list.passed_over);
  return report.all_good() ? ExitCode::done : ExitCode::some_failed;
}

}  // namespace

void add_import_verb(Program& program) {
  CLI::App& verb =
      add_verb(program, {.name = "import",
                         .summary = "render pictures into both sizes and store them",
                         .examples = R"(A PATH is a PNG or JPEG file, a folder (everything below it), or a .tsv list of
  imodel-id <tab> itwin-id <tab> file
A picture's iModel id is its file name when that is a GUID. The iTwin must be given for an iModel not yet known.
What is stored unchanged is skipped: run an interrupted import again to finish it.

Examples:
  locket import 2b382042-4a92-46a4-a3cf-db4b77085489.png --itwin 11111111-1111-4111-8111-111111111111
  locket import house.jpg --id 2b382042-4a92-46a4-a3cf-db4b77085489 --itwin 11111111-1111-4111-8111-111111111111
  locket import pictures/ --derive-ids --itwin 11111111-1111-4111-8111-111111111111 --json
  locket import list.tsv --jobs 4)"});
  auto options = std::make_shared<ImportOptions>();
  verb.add_option("path", options->paths, "pictures, folders, .tsv lists")->required()->type_name("PATH");
  verb.add_option("--id", options->imodel_id, "the iModel's id, for one picture")->type_name("GUID")->check(guid_fault);
  verb.add_option("--itwin", options->itwin_id, "the iTwin of iModels not yet known")
      ->type_name("GUID")
      ->check(guid_fault);
  verb.add_flag("--derive-ids", options->derive_ids, "make an id of the file's name where that is no GUID");
  verb.add_flag("--force", options->force, "render again what is stored unchanged");
  verb.add_option("--jobs", options->jobs, "pictures at once [one a processor]")
      ->type_name("N")
      ->check(CLI::Range(1U, 1'024U));
  options->recipe = add_recipe_option(verb);
  on_chosen(program, verb, [&program, options] { return run_import(program, *options); });
}

}  // namespace locket::tool
