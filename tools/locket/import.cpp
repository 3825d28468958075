
#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "failure_register.hpp"
#include "folder_walk.hpp"
#include "folder_watch.hpp"
#include "import_report.hpp"
#include "import_run.hpp"
#include "interrupt.hpp"
#include "locket/engine.hpp"
#include "message.hpp"
#include "open_store.hpp"
#include "outdated_source.hpp"
#include "recipe_options.hpp"
#include "scratch_store.hpp"
#include "source_finder.hpp"
#include "verbs.hpp"

namespace locket::tool {
namespace {

struct ImportOptions {
  std::vector<std::string> paths;
  std::string imodel_id;
  std::string itwin_id;
  std::string list_root;
  std::string watched;
  bool derive_ids = false;
  bool force = false;
  bool dry_run = false;
  bool outdated = false;
  unsigned jobs = 0;
  std::shared_ptr<RecipeOptions> recipe;
};

// What can't be said together; empty when all is well.
std::string usage_fault(const ImportOptions& options) {
  const int sources = (options.paths.empty() ? 0 : 1) + (options.outdated ? 1 : 0) + (options.watched.empty() ? 0 : 1);
  if (sources == 0) return "name what to import: a PATH, or --watch DIR, or --outdated";
  if (sources > 1) return "give either a PATH, or --watch DIR, or --outdated";
  if (options.outdated && (!options.imodel_id.empty() || !options.itwin_id.empty() || options.derive_ids)) {
    return "--outdated renews what is stored, under the ids that it has";
  }
  if (!options.watched.empty() && (!options.imodel_id.empty() || options.dry_run)) {
    return "--watch goes with neither --id nor --dry-run";
  }
  return {};
}

// Whether there is nothing at any of the paths, as after a slip of the pen: nothing to make a store for.
bool names_nothing(const std::vector<std::string>& paths) {
  const auto is_missing = [](const std::string& path) {
    std::error_code ignored;
    return path != "-" &&
           std::filesystem::symlink_status(path, ignored).type() == std::filesystem::file_type::not_found;
  };
  return !paths.empty() && std::ranges::all_of(paths, is_missing);
}

ExitCode tell_of_nothing(const Program& program, const ImportOptions& options) {
  ImportReport report({.json = program.json, .dry_run = options.dry_run});
  for (const std::string& path : options.paths) {
    report.tell({.file = path}, {.failure = Error{Code::file_not_readable, std::string(nothing_there)}});
  }
  report.summarize({});
  return ExitCode::some_failed;
}

/// The store that an import works on: the one that was named, or an empty one for a dry run where there is none.
struct OpenStore {
  std::unique_ptr<Store> named;
  std::unique_ptr<ScratchStore> scratch;

  [[nodiscard]] Store* get() const { return scratch ? &scratch->store() : named.get(); }
};

// Whether an import would make the store: there is none yet, in a folder that takes one.
bool would_be_made(const std::string& path) {
  std::error_code ignored;
  if (is_on_ceph(path) || std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) return false;
  const auto folder = std::filesystem::path(path).parent_path();
  if (!std::filesystem::is_directory(folder.empty() ? "." : folder, ignored)) return false;
  StoreOptions options;
  options.create = false;
  const auto store = locket::open_store(path, options);
  return !store && store.error().code == Code::store_open_failed;
}

OpenStore open_for_import(const Program& program, const ImportOptions& options) {
  OpenStore store;
  const bool may_make = !options.dry_run && !options.outdated;
  if (may_make || options.outdated || !would_be_made(program.store_path)) {
    store.named = open_store(program, may_make ? Missing::make : Missing::refuse, options.recipe->limits);
    return store;
  }
  auto scratch = ScratchStore::make(options.recipe->limits);
  if (scratch) store.scratch = std::move(*scratch);
  if (!scratch) complain("a dry run is not possible", scratch.error());
  return store;
}

std::unique_ptr<Engine> make_engine(Store& store, const RecipeOptions& recipe) {
  EngineParts parts;
  parts.store = &store;
  parts.log = &standard_error_log();
  EngineOptions options;
  options.recipe = recipe.recipe;
  options.limits = recipe.limits;
  auto engine = Engine::create(parts, options);
  if (engine) return std::move(*engine);
  complain("can't make the engine", engine.error());
  return nullptr;
}

/// One call of the verb, once its words are known to be right.
class ImportCall {
 public:
  ImportCall(const Program& program, const ImportOptions& options, Store& store, Engine& engine)
      : options_(options),
        store_(store),
        failures_(store),
        parts_{.engine = engine, .store = store},
        settings_{.limits = options.recipe->limits,
                  .derive_ids = options.derive_ids,
                  .force = options.force,
                  .may_be_gone = !options.watched.empty()},
        pace_{.jobs = options.jobs, .dry_run = options.dry_run},
        report_({.json = program.json, .dry_run = options.dry_run, .each = !options.watched.empty()}) {
    if (pace_.jobs == 0) pace_.jobs = std::max(1U, std::thread::hardware_concurrency());
    if (!options.dry_run && !options.outdated) parts_.failures = &failures_;
    query_.paths = options.paths;
    query_.rules = {.imodel_id = parse_guid(options.imodel_id),
                    .itwin_id = parse_guid(options.itwin_id),
                    .derive = options.derive_ids};
    if (!options.list_root.empty()) query_.list_root = options.list_root;
    query_.stop = [this] { return interrupt_.came(); };
    listener_.tell = [this](const ImportItem& item, const ImportOutcome& outcome) { report_.tell(item, outcome); };
    listener_.pass_over = [this] { report_.pass_over(); };
    listener_.stop = query_.stop;
  }

  ExitCode run() {
    if (options_.outdated) return renew();
    if (!options_.watched.empty()) return watch();
    if (query_.rules.imodel_id) return import_one();
    std::atomic<bool> stop_counting = false;
    std::jthread counting;
    if (report_.shows_progress()) counting = std::jthread([this, &stop_counting] { count(stop_counting); });
    const ImportEnd end = import([this](const ImportSink& sink) { find_sources(query_, sink); });
    stop_counting = true;
    return finish(end);
  }

 private:
  ImportEnd import(const ImportProducer& produce) {
    return import_sources(parts_, settings_, pace_, produce, listener_);
  }

  ExitCode finish(const ImportEnd& end) {
    report_.summarize(end);
    const bool watching = !options_.watched.empty();  // which only ever ends when it is told to
    const bool whole = !end.store_fault && (watching || !end.stopped);
    return whole && report_.failed() == 0 ? ExitCode::done : ExitCode::some_failed;
  }

  // Counts what there is to import, for the progress bar, beside the import itself.
  void count(const std::atomic<bool>& stop) {
    if (std::ranges::find(query_.paths, "-") != query_.paths.end()) return;  // standard input is read once
    std::uint64_t total = 0;
    ImportQuery query = query_;
    query.stop = [this, &stop] { return stop || interrupt_.came(); };
    find_sources(query, {.take =
                             [&](const ImportItem&) {
                               ++total;
                               return !stop;
                             },
                         .pass_over = [] {}});
    if (!stop) report_.expect(total);
  }

  ExitCode import_one() {
    std::vector<ImportItem> items;
    find_sources(query_, {.take =
                              [&items](ImportItem item) {
                                items.push_back(std::move(item));
                                return items.size() < 2;
                              },
                          .pass_over = [] {}});
    if (items.size() != 1) {
      complain("--id is for one file; here are " + std::string(items.empty() ? "none" : "more"));
      return ExitCode::unusable;
    }
    return finish(import([&items](const ImportSink& sink) { sink.take(items.front()); }));
  }

  ExitCode renew() {
    Result<std::uint64_t> without_source;
    const ImportEnd end = import([&](const ImportSink& sink) { without_source = find_outdated_sources(store_, sink); });
    const ExitCode code = finish(end);
    if (!without_source) {
      complain("can't list the store", without_source.error());
      return ExitCode::unusable;
    }
    if (*without_source > 0) {
      complain(counted(*without_source, "outdated thumbnail") +
               " left as they are: uploaded, so there is no source file");
    }
    return code;
  }

  ExitCode watch() {
    auto root = SourceRoot::open(options_.watched);
    if (!root) {
      complain("can't watch " + options_.watched, root.error());
      return ExitCode::unusable;
    }
    auto watch = FolderWatch::start(*root);
    if (!watch) {
      complain("can't watch " + options_.watched, watch.error());
      return ExitCode::unusable;
    }
    complain("watching " + options_.watched + "; Ctrl-C ends it");
    bool look_at_all = true;
    bool looked = false;
    FolderWatch::News news;
    ImportEnd end;
    while (!interrupt_.came() && !end.store_fault && !news.gone) {
      // A watch may go on for months, beside calls that change the list of failures.
      if (look_at_all || !news.finished.empty()) failures_.look_again();
      if (look_at_all) {
        end = import([&](const ImportSink& sink) { find_finished(*root, **watch, looked, sink); });
        looked = true;
      } else if (!news.finished.empty()) {
        end = import([&](const ImportSink& sink) { give_finished(*root, news.finished, sink); });
      }
      if (end.store_fault || interrupt_.came()) break;
      auto next = (*watch)->wait(std::chrono::milliseconds(100));
      if (!next) {
        complain("can't go on watching", next.error());
        return ExitCode::unusable;
      }
      news = std::move(*next);
      look_at_all = news.lost_track;
    }
    const ExitCode code = finish(end);
    if (!news.gone) return code;
    complain("the folder was removed or renamed");
    return ExitCode::some_failed;
  }

  std::string watched_path(const std::string& relative) const {
    return (std::filesystem::path(options_.watched) / relative).string();
  }

  ImportItem watched_item(const std::shared_ptr<const SourceRoot>& root, const std::string& relative,
                          bool only_news) const {
    return {.file = watched_path(relative),
            .root = root,
            .relative = relative,
            .itwin_id = query_.rules.itwin_id,
            .only_news = only_news};
  }

  void find_finished(const std::shared_ptr<const SourceRoot>& root, FolderWatch& watch, bool only_news,
                     const ImportSink& sink) const {
    FolderVisitor visitor;
    visitor.file = [&](const std::string& relative) {
      if (kind_by_name(relative) == SourceKind::unknown || watch.postpones(relative)) return true;
      return sink.take(watched_item(root, relative, only_news));
    };
    visitor.fault = [&](const std::string& relative, const Error& error) {
      sink.take({.file = watched_path(relative), .fault = error});
    };
    walk_folder(*root, "", visitor);
  }

  void give_finished(const std::shared_ptr<const SourceRoot>& root, const std::vector<FolderWatch::Finished>& finished,
                     const ImportSink& sink) const {
    for (const FolderWatch::Finished& one : finished) {
      const bool going_on = one.fault ? sink.take({.file = watched_path(one.path), .fault = one.fault})
                                      : sink.take(watched_item(root, one.path, one.only_news));
      if (!going_on) return;
    }
  }

  const ImportOptions& options_;
  Store& store_;
  FailureRegister failures_;
  ImportParts parts_;
  ImportSettings settings_;
  ImportPace pace_;
  ImportReport report_;
  ImportQuery query_;
  ImportListener listener_;
  Interrupt interrupt_;
};

ExitCode run_import(const Program& program, const ImportOptions& options) {
  if (const std::string fault = usage_fault(options); !fault.empty()) {
    complain(fault);
    return ExitCode::unusable;
  }
  if (names_nothing(options.paths)) return tell_of_nothing(program, options);
  const OpenStore store = open_for_import(program, options);
  if (store.get() == nullptr) return ExitCode::unusable;
  const std::unique_ptr<Engine> engine = make_engine(*store.get(), *options.recipe);
  if (engine == nullptr) return ExitCode::unusable;
  return ImportCall(program, options, *store.get(), *engine).run();
}

constexpr const char* explanation = R"(A PATH is one of
  a PNG or JPEG picture, or an iModel file (.bim, .ibim, ViewStore), whose default view's saved picture is taken;
  a folder: every .png, .jpg, .jpeg, .bim and .ibim file below it; symbolic links are not followed;
  a .tsv list, or - for a list on standard input, of lines
    imodel-id <tab> itwin-id <tab> file
  whose files lie below the list's folder (or --root); an empty id is found as for a file that is named by itself, and
  empty lines and those that begin with # are passed over.

An iModel's id is what --id or the list says, else what the iModel file says, else the file's name when that is a GUID.
With --json each line tells which iModel a file became.
The iTwin, which an iModel not yet known must have, is what the list or --itwin says, else what the iModel file says.

What is stored unchanged is skipped without decoding it: run an interrupted import again to finish it.

Examples:
  locket import 2b382042-4a92-46a4-a3cf-db4b77085489.png --itwin 11111111-1111-4111-8111-111111111111
  locket import model.bim --itwin 11111111-1111-4111-8111-111111111111
  locket import house.jpg --id 2b382042-4a92-46a4-a3cf-db4b77085489 --itwin 11111111-1111-4111-8111-111111111111
  locket import pictures/ --derive-ids --itwin 11111111-1111-4111-8111-111111111111 --json
  find /data -name '*.bim' -printf '\t\t%p\n' | locket import - --root /data --dry-run
  locket import --watch incoming/ --itwin 11111111-1111-4111-8111-111111111111
  locket import --outdated)";

}  // namespace

void add_import_verb(Program& program) {
  CLI::App& verb = add_verb(
      program,
      {.name = "import", .summary = "render pictures into both sizes and store them", .examples = explanation});
  auto options = std::make_shared<ImportOptions>();
  verb.add_option("path", options->paths, "pictures, iModel files, folders, .tsv lists, - for a list")
      ->type_name("PATH");
  verb.add_option("--id", options->imodel_id, "the iModel's id, for one file")->type_name("GUID")->check(guid_fault);
  verb.add_option("--itwin", options->itwin_id, "the iTwin of iModels not yet known")
      ->type_name("GUID")
      ->check(guid_fault);
  verb.add_flag("--derive-ids", options->derive_ids,
                "make an id of the file's name where that is no GUID: of the name alone, so that files of one name in "
                "different folders are one iModel: the first counts, the others are told as failures");
  verb.add_option("--root", options->list_root, "where the files of lists may lie [the list's folder]")
      ->type_name("DIR");
  verb.add_option("--watch", options->watched, "import what is there and what appears, until Ctrl-C")->type_name("DIR");
  auto* outdated = verb.add_flag("--outdated", options->outdated,
                                 "render again, as it was, what an older version of locket rendered");
  verb.add_flag("--force", options->force, "render again what is stored unchanged");
  verb.add_flag("--dry-run", options->dry_run, "tell what would happen, and store nothing");
  verb.add_option("--jobs", options->jobs, "files at once [one a processor]")
      ->type_name("N")
      ->check(whole_number(1, 1'024));
  options->recipe = add_recipe_options(verb);
  for (const char* name : {"--fit", "--filter", "--effort", "--background"}) outdated->excludes(verb.get_option(name));
  on_chosen(program, verb, [&program, options] { return run_import(program, *options); });
}

}  // namespace locket::tool
