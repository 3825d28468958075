#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "exit_code.hpp"

namespace locket::tool {

/// The command line while it is read: what all verbs share, and the verb that was chosen.
struct Program {
  CLI::App app;
  std::string store_path;               ///< `--store`, else LOCKET_STORE, else ./thumbnails.locket; see `open_store`
  std::string limiter;                  ///< `--limiter`, else LOCKET_LIMITER, else `memory`
  std::string limiter_down = "refuse";  ///< `--limiter-down`
  bool json = false;                    ///< `--json`
  std::function<ExitCode()> chosen;     ///< what the chosen verb does once everything was read
};

/// The texts of a verb's help.
struct VerbHelp {
  std::string name;
  std::string summary;    ///< one line
  std::string examples;   ///< what follows the options: examples, each on a line of its own
  bool has_store = true;  ///< it works on the store that `--store` names
};

/// Adds `--store`, for whatever works on the one store.
void add_store_option(Program& program, CLI::App& app);

/// Adds `--json`, which every verb takes.
void add_json_option(Program& program, CLI::App& app);

/// Adds a verb that takes `--json`, and `--store` where it has one, beside its own options.
/// Result: the verb, to add options to; it lives as long as the program.
CLI::App& add_verb(Program& program, const VerbHelp& help);

/// Checks that a number is a whole one within bounds, which are part of it.
/// Inputs: the bounds, below 2^63. Result: for `CLI::Option::check`; what it complains of names the bounds.
[[nodiscard]] CLI::Validator whole_number(std::uint64_t least, std::uint64_t most);

/// Checks that a word is one of some; the option's `type_name` shows them.
[[nodiscard]] CLI::Validator one_of(const std::vector<std::string>& words);

/// Checks that a text is not empty: an empty one would pass for an option that was not given, such as when a script's
/// variable is unset, and what the option asks for would silently not be done.
[[nodiscard]] CLI::Validator not_empty();

/// What is wrong with a text that shall be an id, for `CLI::Option::check`; empty when nothing is.
[[nodiscard]] std::string guid_fault(const std::string& text);

/// Says what runs when `verb` was chosen. `action` runs once, after all options were read.
void on_chosen(Program& program, CLI::App& verb, std::function<ExitCode()> action);

/// Adds every verb. Called once.
void add_verbs(Program& program);

/// Reads the command line and runs what it asks for. Never throws.
/// Result: the exit code; help, versions and errors are printed.
int run(int count, char** words) noexcept;

}  // namespace locket::tool
