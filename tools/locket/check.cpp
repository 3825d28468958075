#include <iostream>
#include <memory>

#include "json_line.hpp"
#include "locket/store.hpp"
#include "message.hpp"
#include "open_store.hpp"
#include "progress_bar.hpp"
#include "verbs.hpp"

namespace locket::tool {
namespace {

void tell_json(const CheckReport& report) {
  std::string damaged = "[";
  for (const Damage& damage : report.damaged) {
    JsonLine entry;
    if (damage.imodel_id) entry.text("imodel_id", to_string(*damage.imodel_id));
    entry.text("what", damage.what);
    damaged += (damaged.size() > 1 ? "," : "") + entry.str();
  }
  print_line(JsonLine().number("checked", report.checked).json("damaged", damaged + "]"));
}

ExitCode check(const Program& program, std::uint64_t bytes_per_s_max) {
  const std::unique_ptr<Store> store = open_store(program, Missing::refuse);
  if (store == nullptr) return ExitCode::unusable;
  ProgressBar bar("checking", program.json);
  CheckOptions options;
  options.bytes_per_s_max = bytes_per_s_max;
  options.progress = [&bar](std::uint64_t done, std::uint64_t total) {
    bar.show(done, {.total = total});
    return true;
  };
  const Result<CheckReport> report = store->check(options);
  bar.clear();
  if (!report) {
    complain("the check could not be finished", report.error());
    return ExitCode::unusable;
  }
  if (program.json) {
    tell_json(*report);
  } else {
    for (const Damage& damage : report->damaged) {
      std::cout << "damaged: " << (damage.imodel_id ? to_string(*damage.imodel_id) + ": " : "")
                << printable(damage.what) << '\n';
    }
    std::cout << counted(report->checked, "picture") << " checked: ";
    if (report->damaged.empty()) {
      std::cout << "all are what was stored\n";
    } else {
      std::cout
          << counted(report->damaged.size(), "fault") << '\n'
          << "What is damaged is never handed out. Import the iModels that are named again with --force. One whose own "
             "entry is damaged, or that nobody knows: `locket remove` it, then import it with --itwin. What that does "
             "not mend is mended by a backup only.\n";
    }
  }
  return report->damaged.empty() ? ExitCode::done : ExitCode::some_failed;
}

}  // namespace

void add_check_verb(Program& program) {
  CLI::App& verb = add_verb(program, {.name = "check",
                                      .summary = "re-read everything, compare every digest, tell what is damaged",
                                      .examples = R"(Example:
  locket check --bytes-per-second 20000000      leaves the disk to others
Exit code 0 when all is well, 1 when something is damaged, 2 when the store can't be opened or read at all.)"});
  auto bytes_per_s_max = std::make_shared<std::uint64_t>(0);
  verb.add_option("--bytes-per-second", *bytes_per_s_max, "how fast to read at most [as fast as it can]")
      ->type_name("N")
      ->check(whole_number(1, std::uint64_t{1} << 40));
  on_chosen(program, verb, [&program, bytes_per_s_max] { return check(program, *bytes_per_s_max); });
}

}  // namespace locket::tool
