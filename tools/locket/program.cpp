#include "program.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "linked_versions.hpp"
#include "locket/guid.hpp"
#include "locket/version.hpp"
#include "message.hpp"
#include "verbs.hpp"

namespace locket::tool {
namespace {

constexpr const char* overview = R"(Examples:
  locket import 2b382042-4a92-46a4-a3cf-db4b77085489.png --itwin 11111111-1111-4111-8111-111111111111
  locket access load access.json
  locket token keygen --out keys
  locket token sign --key keys/private.pem --sub alice --client-id my-app > alice.token
  locket fetch 2b382042-4a92-46a4-a3cf-db4b77085489 --keys keys/jwks.json --token-file alice.token -o small.png
  locket serve --keys keys/jwks.json
  locket check

The store is one file: --store FILE, else LOCKET_STORE, else ./thumbnails.locket. --store rados:POOL keeps it on Ceph,
and fetch and serve with --limiter redis:HOST:PORT count calls for many processes, where this locket was built with them.
Exit codes: 0 done; 1 some items failed, or the answer was a refusal; 2 wrong usage, or a store that can't be used.
`locket VERB --help` explains a verb.)";

void describe_program(Program& program) {
  const char* path = std::getenv("LOCKET_STORE");
  program.store_path = path != nullptr && *path != '\0' ? path : "./thumbnails.locket";
  const char* limiter = std::getenv("LOCKET_LIMITER");
  program.limiter = limiter != nullptr && *limiter != '\0' ? limiter : "memory";
  program.app.name("locket");
  program.app.description(
      "locket keeps guarded thumbnails of iModels: it renders each picture into 400x250 and 800x500\n"
      "PNGs, keeps both in one file, and hands them out only through a policy check.");
  program.app.set_help_flag("-h,--help", "print this help");
  program.app.footer(overview);
  program.app.require_subcommand(0, 1);
  program.app.get_formatter()->column_width(30);
  add_store_option(program, program.app);
  add_json_option(program, program.app);
}

ExitCode run_chosen(Program& program, bool version, bool verbose) {
  if (version) return print_versions(program, verbose);
  if (program.chosen) return program.chosen();
  std::cout << program.app.help();
  return ExitCode::unusable;
}

// Whether a word that can only be read as an option was rather meant as the name of a file.
bool may_be_a_name(std::string_view word) {
  if (word.size() < 2 || word.front() != '-') return false;
  std::error_code ignored;
  return (word[1] != '-' && word.size() > 2) || std::filesystem::exists(word, ignored);
}

// CLI11 takes a word in brackets for a list and drops the brackets, where a file may have such a name, and here a list
// is many words. A NUL behind it, which no word of a command line can hold, keeps it whole until its option has it.
std::vector<std::string> guarded_words(int count, char** words) {
  std::vector<std::string> guarded(words + std::min(count, 1), words + count);
  for (std::string& word : guarded) {
    if (word.ends_with(']')) word.push_back('\0');
  }
  std::ranges::reverse(guarded);  // as CLI11 wants them
  return guarded;
}

void take_guards_off(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    option->transform([](std::string word) {
      if (word.ends_with('\0')) word.pop_back();
      return word;
    });
  }
  for (CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) take_guards_off(*verb);
}

ExitCode parse_and_run(int count, char** words) {
  Program program;
  describe_program(program);
  bool version = false;
  bool verbose = false;
  program.app.add_flag("--version", version, "print the version");
  program.app.add_flag("--verbose", verbose, "with --version: also those of the linked libraries");
  add_verbs(program);
  take_guards_off(program.app);
  try {
    program.app.parse(guarded_words(count, words));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // help was asked for
      program.app.exit(error, std::cout, std::cerr);
      return ExitCode::done;
    }
    complain(error.what());
    if (std::any_of(words + 1, words + count, may_be_a_name)) {
      std::cerr << "  a name that begins with - stands after --, or is given as ./-name\n";
    }
    std::cerr << "  `locket --help` names the verbs, `locket VERB --help` the options of one\n";
    return ExitCode::unusable;
  }
  return run_chosen(program, version, verbose);
}

// A closed standard stream would give its number to the next file that is opened, such as the store, and what is told
// would be written into that. Opened in the wrong direction, so that whoever uses the stream still fails.
// Result: whether all three numbers are taken now.
bool take_standard_numbers() noexcept {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    const bool is_closed = ::fcntl(stream, F_GETFD) == -1 && errno == EBADF;
    if (is_closed && ::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) != stream) return false;
  }
  return true;
}

}  // namespace

void add_store_option(Program& program, CLI::App& app) {
  app.add_option("--store", program.store_path,
                 "the store: a file, or a pool of Ceph [LOCKET_STORE, ./thumbnails.locket]")
      ->type_name("FILE|rados:POOL[/NAME]");
}

void add_json_option(Program& program, CLI::App& app) {
  app.add_flag("--json", program.json, "print one JSON object a line, and nothing else, on standard output");
}

CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
  const auto fault = [least, most](const std::string& text) -> std::string {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, failure] = std::from_chars(text.data(), end, number);
    const bool decimal = failure == std::errc() && stopped == end && (text.size() == 1 || text.front() != '0');
    if (decimal && number >= least && number <= most) return {};
    return "must be a whole number from " + grouped(least) + " to " + grouped(most) + ", not " + text;
  };
  return {fault, ""};  // without a description, which would follow the type's name in the help
}

CLI::Validator one_of(const std::vector<std::string>& words) {
  const auto fault = [words](const std::string& text) -> std::string {
    if (std::ranges::find(words, text) != words.end()) return {};
    std::string names;
    for (const std::string& word : words) names += (names.empty() ? "" : ", ") + word;
    return "must be one of " + names + "; not " + text;
  };
  return {fault, ""};
}

CLI::Validator not_empty() {
  const auto fault = [](const std::string& text) -> std::string { return text.empty() ? "must not be empty" : ""; };
  return {fault, ""};
}

CLI::App& add_verb(Program& program, const VerbHelp& help) {
  CLI::App& verb = *program.app.add_subcommand(help.name, help.summary);
  verb.footer(help.examples);
  if (help.has_store) add_store_option(program, verb);
  add_json_option(program, verb);
  return verb;
}

std::string guid_fault(const std::string& text) { return parse_guid(text) ? "" : "must be a GUID, not " + text; }

void on_chosen(Program& program, CLI::App& verb, std::function<ExitCode()> action) {
  verb.callback([&program, action = std::move(action)] { program.chosen = action; });
}

void add_verbs(Program& program) {
  add_import_verb(program);
  add_render_verb(program);
  add_fetch_verb(program);
  add_serve_verb(program);
  add_access_verb(program);
  add_token_verb(program);
  add_check_verb(program);
  add_stats_verb(program);
  add_backup_verb(program);
  add_copy_verb(program);
  add_export_verb(program);
  add_gallery_verb(program);
  add_remove_verb(program);
}

int run(int count, char** words) noexcept {
  if (!take_standard_numbers()) return static_cast<int>(ExitCode::unusable);
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on the size of files is then an error, which is told and cleaned up after
  try {
    ExitCode code = parse_and_run(count, words);
    std::cout.flush();
    if (!std::cout && code != ExitCode::unusable) {  // whatever else is so, it was not told
      complain("standard output could not be written");
      code = ExitCode::unusable;
    }
    return static_cast<int>(code);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "locket: %s\n", failure.what());
  } catch (...) {
    std::fputs("locket: unknown failure\n", stderr);
  }
  return static_cast<int>(ExitCode::unusable);
}

}  // namespace locket::tool
