#include "locket/access.hpp"

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "access_file.hpp"
#include "json_line.hpp"
#include "message.hpp"
#include "open_store.hpp"
#include "verbs.hpp"

namespace locket::tool {
namespace {

ExitCode load(const Program& program, const std::string& path) {
  const std::optional<AccessDocument> document = read_access_file(path);
  if (!document) return ExitCode::unusable;
  const std::unique_ptr<Store> store = open_store(program, Missing::make);
  if (store == nullptr) return ExitCode::unusable;
  const std::optional<std::uint64_t> revision = replace_access(*store, *document);
  if (!revision) return ExitCode::unusable;
  if (program.json) {
    print_line(JsonLine()
                   .number("organizations", document->organizations.size())
                   .number("itwins", document->itwins.size())
                   .number("imodels", document->imodels.size())
                   .number("clients", document->clients.size())
                   .number("revision", *revision));
  } else {
    std::cout << "loaded " << counted(document->organizations.size(), "organization") << ", "
              << counted(document->itwins.size(), "iTwin") << ", " << counted(document->imodels.size(), "iModel")
              << ", " << counted(document->clients.size(), "client") << " (revision " << *revision << ")\n";
  }
  return ExitCode::done;
}

// The same document without its layout: inside strings a line end is escaped, so those that are left only lay out.
std::string on_one_line(const std::string& json) {
  std::string line;
  bool indents = false;
  for (const char c : json) {
    indents = c == '\n' || (indents && c == ' ');
    if (!indents) line += c;
  }
  return line + '\n';
}

// The same document with DEL and the C1 controls escaped, which JSON allows bare and a terminal may obey (U+009B begins
// its commands). It is UTF-8, in which C2 begins a character of two bytes and nothing else.
std::string without_controls(std::string_view json) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string escaped;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const bool is_pair = json[i] == '\xc2' && i + 1 < json.size() && static_cast<unsigned char>(json[i + 1]) < 0xa0;
    const auto control = static_cast<unsigned char>(json[is_pair ? i + 1 : i]);
    if (is_pair || control == 0x7f) {
      escaped += {'\\', 'u', '0', '0', digits[control >> 4], digits[control & 15]};
      i += is_pair ? 1 : 0;
    } else {
      escaped += json[i];
    }
  }
  return escaped;
}

ExitCode show(const Program& program, AccessScope scope) {
  const std::unique_ptr<Store> store = open_store(program, Missing::refuse);
  if (store == nullptr) return ExitCode::unusable;
  const Result<Store::Access> access = store->load_access(scope);
  if (!access) {
    complain("can't read the access facts", access.error());
    return ExitCode::unusable;
  }
  std::string json = without_controls(to_json(access->document));
  if (program.json) json = on_one_line(json);
  std::cout << json;
  for (const Guid& imodel_id : access->left_out) {
    complain(to_string(imodel_id) + " is left out: its entry is damaged");
  }
  return access->left_out.empty() ? ExitCode::done : ExitCode::some_failed;
}

struct ExplainOptions {
  std::string user;
  std::string imodel_id;
  std::string permission = "imodels_webview";
};

// The question in the library's words; nothing after a complaint.
std::optional<AccessQuestion> question_of(const ExplainOptions& options, Store& store) {
  const std::optional<Permission> permission = parse_permission(options.permission);
  if (!permission) {
    complain("no such permission: " + options.permission +
             " (imodels_webview, imodels_read, imodels_write, imodels_manage, imodels_delete)");
    return std::nullopt;
  }
  AccessQuestion question{.user = options.user, .permission = *permission, .imodel = std::nullopt};
  const auto entry = store.find_imodel(*parse_guid(options.imodel_id));
  if (!entry) {
    complain("can't look up the iModel", entry.error());
    return std::nullopt;
  }
  if (*entry) question.imodel = (*entry)->facts;
  return question;
}

ExitCode explain_decision(const Program& program, const ExplainOptions& options) {
  const std::unique_ptr<Store> store = open_store(program, Missing::refuse);
  if (store == nullptr) return ExitCode::unusable;
  const std::optional<AccessQuestion> question = question_of(options, *store);
  if (!question) return ExitCode::unusable;
  // Those that a fetch is decided by; the whole ones also name iModels whose iTwin no document has.
  const Result<Store::Access> access = store->load_access(AccessScope::configured);
  if (!access) {
    complain("can't read the access facts", access.error());
    return ExitCode::unusable;
  }
  const auto snapshot = AccessSnapshot::build(access->document, access->revision);
  if (!snapshot) {
    complain("can't use the access facts", snapshot.error());
    return ExitCode::unusable;
  }
  const Decision decision = (*snapshot)->decide(*question);
  const std::string explanation = explain(*question, decision);
  if (program.json) {
    print_line(JsonLine()
                   .flag("allowed", decision.allowed)
                   .text("rule", rule_name(decision.rule))
                   .number("revision", decision.revision)
                   .text("explanation", explanation));
  } else {
    std::cout << printable(explanation) << '\n';
  }
  return decision.allowed ? ExitCode::done : ExitCode::some_failed;
}

void add_load(Program& program, CLI::App& access) {
  CLI::App& verb = *access.add_subcommand("load", "replace all access facts by those of a JSON document");
  add_store_option(program, verb);
  add_json_option(program, verb);
  verb.footer(
      R"(The document replaces what stood before in one transaction; it is refused whole, with the place of the first fault,
when anything in it is wrong. An iModel that has a thumbnail but is not named keeps its iTwin. A client that is not
named has the first tier.

Example of a document:
  {"organizations":[{"id":"33333333-3333-4333-8333-333333333333","administrators":["carol"]}],
   "itwins":[{"id":"11111111-1111-4111-8111-111111111111","organization_id":"33333333-3333-4333-8333-333333333333",
              "owners":[],"roles":[{"id":"viewer","permissions":["imodels_webview"]}],"groups":[],
              "members":[{"user":"alice","roles":["viewer"]}]}],
   "imodels":[],"tiers":[],"clients":[]})");
  auto path = std::make_shared<std::string>();
  verb.add_option("file", *path, "the document; - reads standard input")->required()->type_name("FILE.json");
  on_chosen(program, verb, [&program, path] { return load(program, *path); });
}

void add_show(Program& program, CLI::App& access) {
  CLI::App& verb = *access.add_subcommand("show", "print the access facts in the form that `access load` reads");
  add_store_option(program, verb);
  add_json_option(program, verb);
  auto whole = std::make_shared<bool>(false);
  verb.add_flag("--whole", *whole,
                "also the iModels on which nothing is configured (to read: where an iTwin of theirs has no facts, "
                "`access load` refuses it)");
  on_chosen(program, verb,
            [&program, whole] { return show(program, *whole ? AccessScope::whole : AccessScope::configured); });
}

void add_explain(Program& program, CLI::App& access) {
  CLI::App& verb = *access.add_subcommand("explain", "tell which rule allows or denies, and why");
  add_store_option(program, verb);
  add_json_option(program, verb);
  verb.footer(R"(Example:
  locket access explain alice 2b382042-4a92-46a4-a3cf-db4b77085489 --permission imodels_manage
Exit code 0 when it is allowed, 1 when it is denied.)");
  auto options = std::make_shared<ExplainOptions>();
  verb.add_option("user", options->user, "the user, as the token's `sub` names it")->required()->type_name("USER");
  verb.add_option("imodel", options->imodel_id, "the iModel's id")->required()->type_name("IMODEL")->check(guid_fault);
  verb.add_option("--permission", options->permission, "what is asked for [imodels_webview]")
      ->type_name("imodels_webview|imodels_read|imodels_write|imodels_manage|imodels_delete");
  on_chosen(program, verb, [&program, options] { return explain_decision(program, *options); });
}

}  // namespace

void add_access_verb(Program& program) {
  CLI::App& verb = add_verb(program, {.name = "access",
                                      .summary = "load, show and explain the facts that decide who sees what",
                                      .examples = R"(Examples:
  locket access load access.json
  locket access show --whole
  locket access explain alice 2b382042-4a92-46a4-a3cf-db4b77085489)"});
  verb.require_subcommand(1);
  verb.fallthrough();
  add_load(program, verb);
  add_show(program, verb);
  add_explain(program, verb);
}

}  // namespace locket::tool
