#include <iostream>
#include <memory>
#include <string>
#include <string_view>

#include "json_line.hpp"
#include "locket/store.hpp"
#include "message.hpp"
#include "open_store.hpp"
#include "outdated_source.hpp"
#include "utf8.hpp"
#include "verbs.hpp"

namespace locket::tool {
namespace {

std::uint64_t count_outdated(const StoreStatistics& facts) {
  std::uint64_t outdated = 0;
  for (const auto& [recipe, thumbnails] : facts.thumbnails_by_recipe) outdated += is_outdated(recipe) ? thumbnails : 0;
  return outdated;
}

void tell_json(const StoreStatistics& facts) {
  JsonLine recipes;
  for (const auto& [recipe, thumbnails] : facts.thumbnails_by_recipe) recipes.number(recipe, thumbnails);
  print_line(JsonLine()
                 .number("imodels", facts.imodels)
                 .number("thumbnails", facts.thumbnails)
                 .number("pictures", facts.pictures)
                 .number("picture_bytes", facts.picture_bytes)
                 .number("file_bytes", facts.file_bytes)
                 .number("wal_bytes", facts.wal_bytes)
                 .number("failures", facts.failures)
                 .number("access_revision", facts.access_revision)
                 .number("outdated", count_outdated(facts))
                 .json("thumbnails_by_recipe", recipes.str()));
}

void tell(const StoreStatistics& facts) {
  std::cout << "iModels          " << grouped(facts.imodels) << '\n'
            << "thumbnails       " << grouped(facts.thumbnails) << '\n'
            << "pictures         " << grouped(facts.pictures) << " (" << grouped(facts.picture_bytes) << " bytes)\n"
            << "file             " << grouped(facts.file_bytes) << " bytes, log " << grouped(facts.wal_bytes)
            << " bytes\n"
            << "failed imports   " << grouped(facts.failures)
            << (facts.failures > 0 ? ": --failures lists them, `locket remove --failure FILE` forgets one" : "") << '\n'
            << "access revision  " << facts.access_revision << '\n';
  for (const auto& [recipe, thumbnails] : facts.thumbnails_by_recipe) {
    std::cout << "recipe           " << printable(recipe) << ": " << grouped(thumbnails)
              << (is_outdated(recipe) ? ", outdated" : "") << '\n';
  }
  if (count_outdated(facts) > 0) {
    std::cout << "outdated         " << grouped(count_outdated(facts))
              << ", rendered by another version: `locket import --outdated` renews them\n";
  }
}

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += {digits[byte >> 4], digits[byte & 15]};
  }
  return hex;
}

void tell_failures(const Program& program, const std::vector<ImportFailure>& failures) {
  for (const ImportFailure& failure : failures) {
    if (program.json) {
      JsonLine line;
      line.text("file", failure.source_path);
      // Then the text stands for other paths as well.
      if (!is_utf8(failure.source_path)) line.text("file_hex", hex_of(failure.source_path));
      print_line(line.text("code", failure.code).text("reason", failure.reason).number("at", failure.at_s));
    } else {
      std::cout << printable(failure.source_path) << ": " << printable(failure.reason) << '\n';
    }
  }
}

ExitCode stats(const Program& program, bool list_failures) {
  const std::unique_ptr<Store> store = open_store(program, Missing::refuse);
  if (store == nullptr) return ExitCode::unusable;
  if (list_failures) {
    const auto failures = store->failures();
    if (failures) {
      tell_failures(program, *failures);
      return ExitCode::done;
    }
    complain("can't read the failed imports", failures.error());
    return ExitCode::unusable;
  }
  const Result<StoreStatistics> facts = store->statistics();
  if (!facts) {
    complain("can't count", facts.error());
    return ExitCode::unusable;
  }
  if (program.json) {
    tell_json(*facts);
  } else {
    tell(*facts);
  }
  return ExitCode::done;
}

}  // namespace

void add_stats_verb(Program& program) {
  CLI::App& verb = add_verb(program, {.name = "stats", .summary = "count what the store holds", .examples = R"(Examples:
  locket stats
  locket stats --failures       lists the imports that failed and have not succeeded since
With --json a path that is no UTF-8 is told as `file_hex` as well, its bytes in hexadecimal digits.
`locket remove --failure FILE` takes a file off that list, `locket remove --failures` all.)"});
  auto failures = std::make_shared<bool>(false);
  verb.add_flag("--failures", *failures, "list the failed imports instead");
  on_chosen(program, verb, [&program, failures] { return stats(program, *failures); });
}

}  // namespace locket::tool
