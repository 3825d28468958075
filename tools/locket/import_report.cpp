#include "import_report.hpp"

#include <iostream>
#include <utility>

#include "json_line.hpp"
#include "message.hpp"

namespace locket::tool {
namespace {

constexpr std::size_t lines_of_a_code_max = 20;

std::string reason_of(const Error& error) {
  return printable(error.detail.empty() ? code_name(error.code) : std::string_view(error.detail));
}

std::string_view status_of(const ImportOutcome& outcome) {
  return outcome.failure ? "failed" : outcome.unchanged ? "unchanged" : "stored";
}

}  // namespace

void ImportReport::tell(const ImportItem& item, const ImportOutcome& outcome) {
  if (outcome.failure) {
    Failures& failures = failures_[outcome.failure->code];
    ++failures.count;
    failures.remembered += outcome.remembered ? 1 : 0;
    ++failed_;
    if (!style_.json && !style_.each && failures.lines.size() < lines_of_a_code_max) {
      failures.lines.push_back(printable(item.file) + ": " + reason_of(*outcome.failure));
    }
  } else {
    ++(outcome.unchanged ? unchanged_ : stored_);
  }
  if (style_.json) {
    tell_json(item, outcome);
  } else {
    tell_people(item, outcome);
  }
  const std::int64_t total = total_.load();
  ProgressFacts facts{.failed = failed_};
  if (total >= 0) facts.total = static_cast<std::uint64_t>(total);
  bar_.show(told(), facts);
}

void ImportReport::tell_json(const ImportItem& item, const ImportOutcome& outcome) const {
  JsonLine line;
  line.text("file", item.file);
  if (outcome.imodel_id) line.text("imodel_id", to_string(*outcome.imodel_id));
  if (!outcome.imodel_id) line.json("imodel_id", "null");
  line.text("status", status_of(outcome));
  if (outcome.failure) {
    line.text("code", code_name(outcome.failure->code)).text("reason", reason_of(*outcome.failure));
  }
  print_line(line);
}

void ImportReport::tell_people(const ImportItem& item, const ImportOutcome& outcome) {
  if (style_.each && (outcome.failure || !outcome.unchanged)) {
    std::cout << status_of(outcome) << ' ' << printable(item.file);
    if (outcome.failure) std::cout << ": " << reason_of(*outcome.failure);
    if (!outcome.failure && outcome.imodel_id) std::cout << " as iModel " << to_string(*outcome.imodel_id);
    std::cout << std::endl;
    return;
  }
  // A file's own ids are the file's word: the one who imports it should see them.
  if (!outcome.is_imodel_file || !outcome.imodel_id || style_.each) return;
  bar_.clear();
  std::cout << printable(item.file) << ": iModel " << to_string(*outcome.imodel_id)
            << (outcome.imodel_id_is_own ? " from the file" : "");
  if (outcome.own_itwin_id) std::cout << ", iTwin " << to_string(*outcome.own_itwin_id) << " from the file";
  std::cout << '\n';
}

void ImportReport::summarize(const ImportEnd& end) {
  bar_.clear();
  if (style_.json) {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    JsonLine summary;
    summary.number("stored", stored_).number("unchanged", unchanged_).number("failed", failed_);
    summary.decimal("seconds", seconds);
    if (style_.dry_run) summary.flag("dry_run", true);
    print_line(JsonLine().json("summary", summary.str()));
  } else {
    summarize_for_people();
  }
  std::cout.flush();
  if (end.store_fault) {
    complain("the import was ended: nothing more can be stored", *end.store_fault);
  } else if (end.stopped && !style_.each) {
    complain("interrupted: what was told as stored is safe; run the same command again to import the rest");
  }
}

void ImportReport::summarize_for_people() {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  for (const auto& [code, failures] : failures_) {
    if (style_.each) break;
    std::cout << code_name(code) << ": " << counted(failures.count, "file") << '\n';
    for (const std::string& line : failures.lines) std::cout << "  " << line << '\n';
    if (failures.count > failures.lines.size()) {
      std::cout << "  and " << grouped(failures.count - failures.lines.size())
                << (failures.remembered == failures.count ? " more: `locket stats --failures` lists them all\n"
                                                          : " more: --json tells each\n");
    }
    if (const std::string_view advice = advice_on(code); !advice.empty()) std::cout << "  -> " << advice << '\n';
  }
  std::cout << grouped(stored_) << (style_.dry_run ? " would be stored, " : " stored, ") << grouped(unchanged_)
            << " unchanged, " << grouped(failed_) << " failed in "
            << static_cast<double>(static_cast<std::uint64_t>(seconds * 10)) / 10 << " s\n";
  if (passed_over_ > 0) {
    std::cout << counted(passed_over_, "file")
              << " in folders passed over: no picture or iModel file by name, or a link\n";
  }
}

}  // namespace locket::tool
