#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>

#include "json_line.hpp"
#include "locket/copy_store.hpp"
#include "message.hpp"
#include "open_store.hpp"
#include "progress_bar.hpp"
#include "verbs.hpp"

namespace locket::tool {
namespace {

struct CopyVerb {
  std::string from;
  std::string to;
  std::uint32_t jobs = 8;
};

void tell_unread(const Program& program, const Error& error) {
  if (!program.json) return complain("the failed imports were not copied", error);
  print_line(JsonLine().text("failures", "unread").text("code", code_name(error.code)).text("reason", error.detail));
}

void tell(const Program& program, const CopyReport& report) {
  if (report.failures_unread) tell_unread(program, *report.failures_unread);
  for (const CopyFailure& failure : report.failed) {
    if (!program.json) {
      complain(to_string(failure.imodel_id), failure.error);
      continue;
    }
    print_line(JsonLine()
                   .text("imodel_id", to_string(failure.imodel_id))
                   .text("code", code_name(failure.error.code))
                   .text("reason", failure.error.detail));
  }
  if (program.json) {
    JsonLine summary;
    summary.number("copied", report.copied).number("unchanged", report.unchanged);
    summary.number("failed", report.failed.size()).flag("access_copied", report.access_copied);
    print_line(JsonLine().json("summary", summary.str()));
    return;
  }
  std::cout << counted(report.copied, "thumbnail") << " copied and compared, " << report.unchanged << " there already, "
            << report.failed.size() << " failed\n";
}

ExitCode copy(const Program& program, const CopyVerb& verb) {
  std::error_code error;
  if (verb.from == verb.to || std::filesystem::equivalent(verb.from, verb.to, error)) {
    complain("FROM and TO are the same store");
    return ExitCode::unusable;
  }
  const std::unique_ptr<Store> from = open_named_store(verb.from, Missing::refuse);
  if (from == nullptr) return ExitCode::unusable;
  const std::unique_ptr<Store> to = open_named_store(verb.to, Missing::make);
  if (to == nullptr) return ExitCode::unusable;
  ProgressBar bar("copying", program.json);
  CopyOptions options;
  options.jobs = verb.jobs;
  options.progress = [&bar](std::uint64_t done, std::uint64_t total) {
    bar.show(done, {.total = total});
    return true;
  };
  const Result<CopyReport> report = copy_store(*from, *to, options);
  bar.clear();
  if (!report) {
    complain("the copy could not be finished; the same command goes on with it", report.error());
    return ExitCode::unusable;
  }
  tell(program, *report);
  return report->failed.empty() && !report->failures_unread ? ExitCode::done : ExitCode::some_failed;
}

}  // namespace

void add_copy_verb(Program& program) {
  CLI::App& verb = add_verb(program, {.name = "copy",
                                      .summary = "copy a store into another, of whatever kind, and compare",
                                      .examples = R"(Examples:
  locket copy thumbnails.locket rados:thumbnails
  locket copy rados:thumbnails thumbnails.locket
FROM and TO name stores as --store does elsewhere.
Copies access facts (in the place of those of TO, unless FROM never had any), thumbnails and failed imports; what is
there already is left alone, so a copy that was cut off goes on when it is started again. Both stores may be in use:
copy once more to bring the copy up to date.)",
                                      .has_store = false});
  auto options = std::make_shared<CopyVerb>();
  verb.add_option("from", options->from, "the store to copy")->required()->type_name("FROM")->check(not_empty());
  verb.add_option("to", options->to, "the store to copy into; made where there is none")
      ->required()
      ->type_name("TO")
      ->check(not_empty());
  verb.add_option("--jobs", options->jobs, "thumbnails at the same time [8]")
      ->type_name("N")
      ->check(whole_number(1, 256));
  on_chosen(program, verb, [&program, options] { return copy(program, *options); });
}

}  // namespace locket::tool
