#include "locket/token.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "input_file.hpp"
#include "json_line.hpp"
#include "locket/limits.hpp"
#include "message.hpp"
#include "output_file.hpp"
#include "utf8.hpp"
#include "verbs.hpp"

namespace locket::tool {
namespace {

constexpr std::uint64_t key_bytes_max = 65'536;

std::optional<Algorithm> algorithm_of(const std::string& name) {
  static const std::map<std::string, Algorithm> algorithms{
      {"RS256", Algorithm::rs256}, {"PS256", Algorithm::ps256}, {"ES256", Algorithm::es256}};
  const auto found = algorithms.find(name);
  return found == algorithms.end() ? std::nullopt : std::optional(found->second);
}

CLI::Option* add_algorithm(CLI::App& verb, std::string& name, const char* help) {
  return verb.add_option("--algorithm", name, help)
      ->type_name("RS256|PS256|ES256")
      ->check(one_of({"RS256", "PS256", "ES256"}));
}

struct KeygenOptions {
  std::string folder;
  std::string algorithm = "RS256";
  bool replace = false;
};

ExitCode keygen(const Program& program, const KeygenOptions& options) {
  const std::string private_path = (std::filesystem::path(options.folder) / "private.pem").string();
  const std::string public_path = (std::filesystem::path(options.folder) / "jwks.json").string();
  std::error_code ignored;
  for (const std::string& path : {private_path, public_path}) {
    if (options.replace || !std::filesystem::exists(path, ignored)) continue;
    complain(path + " exists: --replace makes a new key, and tokens of the old one are then refused");
    return ExitCode::unusable;
  }
  const Result<SigningKey> key = SigningKey::generate(*algorithm_of(options.algorithm));
  if (!key) {
    complain("no key could be made", key.error());
    return ExitCode::unusable;
  }
  Written written = make_folder(options.folder);
  const std::string pem = key->to_pem();
  const std::string jwks = key->to_jwks() + "\n";
  // The secret goes last: it is what can't be made again, should this end between the two.
  const std::vector<NewFile> files = {{public_path, as_bytes(jwks)}, {private_path, as_bytes(pem), Readers::owner}};
  if (written) written = write_together(files, options.replace ? Present::replace : Present::refuse);
  if (!written) {
    complain(written.error());
    return ExitCode::unusable;
  }
  if (program.json) {
    print_line(
        JsonLine().text("private_key", private_path).text("jwks", public_path).text("algorithm", options.algorithm));
  } else {
    // The file of an RSA key does not tell for which of both algorithms it is.
    const char* const signing = options.algorithm == "PS256" ? "; sign with --algorithm PS256" : "";
    std::cout << printable(private_path) << " (keep it secret" << signing << ")\n" << printable(public_path) << '\n';
  }
  return ExitCode::done;
}

std::string utf8_fault(const std::string& text) { return is_utf8(text) ? "" : "must be UTF-8"; }

// The name of a user or client that a verifier takes.
std::string identifier_fault(const std::string& text) {
  const std::size_t bytes_max = Limits{}.identifier_bytes_max;
  if (text.empty()) return "must not be empty";
  if (text.size() > bytes_max) return "must be of at most " + std::to_string(bytes_max) + " bytes";
  const bool has_control =
      std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  return has_control ? "must have no control characters" : utf8_fault(text);
}

// RFC 6749, section 3.3.
std::string scope_fault(const std::string& text) {
  const bool good = std::ranges::all_of(text, [](char c) { return c >= 0x21 && c <= 0x7E && c != '"' && c != '\\'; });
  return good && !text.empty() ? "" : "must be one scope: printable ASCII without blanks, quotation marks and \\";
}

struct SignOptions {
  std::string key;
  std::string algorithm;
  TokenRequest request;
};

ExitCode sign(const Program& program, const SignOptions& options) {
  const Result<std::string> pem = read_text(options.key, {.bytes_max = key_bytes_max, .over = Code::key_invalid});
  if (!pem) {
    complain("can't read the key " + options.key, pem.error());
    return ExitCode::unusable;
  }
  const Result<SigningKey> key = SigningKey::from_pem(*pem, algorithm_of(options.algorithm));
  if (!key) {
    complain("can't use the key " + options.key, key.error());
    return ExitCode::unusable;
  }
  const Result<std::string> token = key->sign(make_claims(options.request, system_clock().now()));
  if (!token) {
    complain("can't sign", token.error());
    return ExitCode::unusable;
  }
  if (const std::size_t bytes_max = Limits{}.token_bytes_max; token->size() > bytes_max) {
    complain("the token would have " + grouped(token->size()) + " bytes, and verifiers take at most " +
             grouped(bytes_max));
    return ExitCode::unusable;
  }
  if (program.json) {
    print_line(JsonLine().text("token", *token));
  } else {
    std::cout << *token << '\n';
  }
  return ExitCode::done;
}

void add_keygen(Program& program, CLI::App& token) {
  CLI::App& verb = *token.add_subcommand("keygen", "make a key: private.pem, which signs, and jwks.json, which proves");
  add_json_option(program, verb);
  auto options = std::make_shared<KeygenOptions>();
  verb.add_option("--out", options->folder, "the folder to write both files to")
      ->required()
      ->type_name("DIR")
      ->check(not_empty())
      ->check(place_fault);
  add_algorithm(verb, options->algorithm, "what the key signs with [RS256]");
  verb.add_flag("--replace", options->replace, "replace a key that stands there");
  on_chosen(program, verb, [&program, options] { return keygen(program, *options); });
}

void add_sign(Program& program, CLI::App& token) {
  CLI::App& verb = *token.add_subcommand("sign", "print a signed token");
  add_json_option(program, verb);
  verb.footer(R"(Example:
  locket token sign --key keys/private.pem --sub alice --client-id my-app > alice.token)");
  auto options = std::make_shared<SignOptions>();
  TokenRequest& request = options->request;
  verb.add_option("--key", options->key, "the private key, PKCS#8 PEM")->required()->type_name("FILE");
  verb.add_option("--sub", request.user, "the user")->required()->type_name("USER")->check(identifier_fault);
  verb.add_option("--client-id", request.client_id, "the OAuth client")
      ->required()
      ->type_name("ID")
      ->check(identifier_fault);
  verb.add_option("--scope", request.scopes, "a scope; may be given again [itwin-platform]")
      ->type_name("S")
      ->check(scope_fault);
  verb.add_option("--issuer", request.issuer, "`iss`")->type_name("TEXT")->check(utf8_fault);
  verb.add_option("--audience", request.audience, "`aud`")->type_name("TEXT")->check(utf8_fault);
  verb.add_option("--expires-in", request.expires_in_s,
                  "how long the token holds [3600]; clocks may differ, so it is taken for up to 60 s more")
      ->type_name("SECONDS")
      ->check(whole_number(1, std::numeric_limits<std::uint32_t>::max()));
  add_algorithm(verb, options->algorithm, "what to sign with [RS256 for RSA keys, ES256 for P-256 keys]");
  on_chosen(program, verb, [&program, options] { return sign(program, *options); });
}

}  // namespace

void add_token_verb(Program& program) {
  CLI::App& verb = add_verb(program, {.name = "token",
                                      .summary = "make keys and sign tokens, for trying things out",
                                      .examples = R"(Examples:
  locket token keygen --out keys
  locket token sign --key keys/private.pem --sub alice --client-id my-app > alice.token
This is no identity provider: real tokens come from yours, and `--keys` takes its JWKS.)",
                                      .has_store = false});
  verb.require_subcommand(1);
  add_keygen(program, verb);
  add_sign(program, verb);
}

}  // namespace locket::tool
