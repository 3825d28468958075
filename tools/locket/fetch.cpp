#include <unistd.h>

#include <iostream>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "input_file.hpp"
#include "json_line.hpp"
#include "locket/engine.hpp"
#include "message.hpp"
#include "open_store.hpp"
#include "output_file.hpp"
#include "rate_limiter.hpp"
#include "token_options.hpp"
#include "verbs.hpp"

namespace locket::tool {
namespace {

struct FetchOptions {
  std::string imodel_id;
  TokenOptions tokens;
  std::string token_file;
  std::optional<std::string> size;
  std::string known_etag;
  std::string output;
};

/// Keeps why the request was refused, which its answer may not tell a caller.
class KeptRefusal final : public DecisionSink {
 public:
  void decided(std::string_view, std::string_view, const std::optional<Guid>&, Permission,
               const Decision&) noexcept override {}

  void refused(const FetchRefusal& why) noexcept override {
    try {
      text_ = std::string(code_name(why.error.code));
      if (!why.error.detail.empty()) text_ += ": " + why.error.detail;
    } catch (const std::bad_alloc&) {  // the answer is told all the same
    }
  }

  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

// All stages of a fetch, over one store.
struct Stages {
  std::unique_ptr<Store> store;
  std::unique_ptr<TokenVerifier> tokens;
  std::unique_ptr<RateLimiter> rates;
  std::unique_ptr<AccessControl> access;
  KeptRefusal refusal;
  std::unique_ptr<Engine> engine;
};

bool build(Stages& stages, const Program& program, const FetchOptions& options) {
  stages.store = open_store(program, Missing::refuse);
  if (stages.store == nullptr) return false;
  stages.tokens = make_token_verifier(options.tokens);
  if (stages.tokens == nullptr) return false;
  auto access = make_stored_access_control(*stages.store, {}, standard_error_log());
  if (!access) {
    complain("can't read the access facts", access.error());
    return false;
  }
  stages.access = std::move(*access);
  stages.rates = make_rate_limiter(program);
  if (stages.rates == nullptr) return false;
  EngineParts parts;
  parts.store = stages.store.get();
  parts.tokens = stages.tokens.get();
  parts.rates = stages.rates.get();
  parts.access = stages.access.get();
  parts.log = &standard_error_log();
  parts.decisions = &stages.refusal;
  auto engine = Engine::create(parts);
  if (!engine) {
    complain("can't make the engine", engine.error());
    return false;
  }
  stages.engine = std::move(*engine);
  return true;
}

// Percent-encodes all but the unreserved characters (RFC 3986, section 2.3), so that any text stays one value.
std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool unreserved = (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') ||
                            byte == '-' || byte == '.' || byte == '_' || byte == '~';
    if (unreserved) {
      encoded += c;
    } else {
      encoded += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return encoded;
}

// An entity tag is quoted, and a shell takes the quotes away.
std::string as_etag(const std::string& text) {
  const bool bare = !text.empty() && text != "*" && text.find('"') == text.npos;
  return bare ? '"' + text + '"' : text;
}

// The token of a file without the line end that editors leave; nothing after a complaint.
std::optional<std::string> read_token(const FetchOptions& options) {
  if (options.token_file.empty()) return std::string();
  Result<std::string> text = read_text(options.token_file, {.bytes_max = 65'536, .over = Code::file_not_readable});
  if (!text) {
    complain("can't read the token of " + options.token_file, text.error());
    return std::nullopt;
  }
  text->erase(text->find_last_not_of(" \t\r\n") + 1);
  return std::move(*text);
}

void tell_json(const Response& response) {
  JsonLine headers;
  for (const Header& header : response.headers) headers.text(header.name, header.value);
  JsonLine line;
  line.number("status", response.status).json("headers", headers.str()).number("body_bytes", response.body.size());
  if (response.status >= 400) line.json("body", as_text(response.body.view()));
  print_line(line);
}

void tell(std::ostream& out, const Response& response, bool picture_written) {
  const bool is_error = response.status >= 400;
  out << response.status << '\n';
  for (const Header& header : response.headers) out << header.name << ": " << printable(header.value) << '\n';
  if (is_error) out << '\n' << as_text(response.body.view()) << '\n';
  if (!is_error && !picture_written && !response.body.empty()) out << "(-o FILE writes the picture)\n";
}

// What this call works with and a picture would destroy, in words; empty when the output is none of it.
std::string file_in_use(const Program& program, const FetchOptions& options) {
  if (options.output.empty() || options.output == "-") return {};
  if (is_same_file(options.output, options.tokens.keys)) return "the file of keys";
  const bool has_token_file = !options.token_file.empty() && options.token_file != "-";
  if (has_token_file && is_same_file(options.output, options.token_file)) return "the file of the token";
  if (is_on_ceph(program.store_path)) return {};
  for (const char* const end : {"", "-wal", "-shm", "-lock", "-journal"}) {
    if (is_same_file(options.output, program.store_path + end)) return "a file of the store";
  }
  return {};
}

// Why the picture can't go where it shall; empty when it can.
std::string output_fault(const Program& program, const FetchOptions& options) {
  if (const std::string file = file_in_use(program, options); !file.empty())
    return options.output + " is " + file + ": name another for the picture";
  if (!is_standard_output(options.output)) return {};
  if (program.json) return "-o - and --json both write to standard output: name a file";
  if (::isatty(STDOUT_FILENO) == 1)
    return "standard output is a terminal, which can't show a PNG: give -o FILE, or send it into a file or a pipe";
  return {};
}

Written write_picture(const std::string& output, BytesView picture) {
  return is_standard_output(output) ? write_standard_output(picture) : write_file(output, picture);
}

ExitCode fetch(const Program& program, const FetchOptions& options) {
  if (const std::string fault = output_fault(program, options); !fault.empty()) {
    complain(fault);
    return ExitCode::unusable;
  }
  const std::optional<std::string> token = read_token(options);
  Stages stages;
  if (!token || !build(stages, program, options)) return ExitCode::unusable;

  const std::string authorization = options.token_file.empty() ? "" : "Bearer " + *token;
  std::vector<HeaderView> headers;
  if (!options.token_file.empty()) headers.push_back({"Authorization", authorization});
  const std::string known_etag = as_etag(options.known_etag);
  if (!known_etag.empty()) headers.push_back({"If-None-Match", known_etag});
  const std::string query = options.size ? "size=" + percent_encoded(*options.size) : "";
  Request request;
  request.imodel_id = options.imodel_id;
  request.query = query;
  request.headers = headers;
  const Response response = stages.engine->handle(request);

  const bool write = response.status == 200 && !options.output.empty();
  if (write) {
    if (const Written written = write_picture(options.output, response.body.view()); !written) {
      complain(written.error());
      return ExitCode::unusable;
    }
  }
  if (program.json) {
    tell_json(response);
  } else {
    tell(is_standard_output(options.output) ? std::cerr : std::cout, response, write);
  }
  if (response.status < 400) return ExitCode::done;
  // Of a failure of the engine's its log has told.
  if (response.status < 500) complain("refused: " + stages.refusal.text());
  return ExitCode::some_failed;
}

}  // namespace

void add_fetch_verb(Program& program) {
  CLI::App& verb = add_verb(program, {.name = "fetch",
                                      .summary = "ask for one thumbnail as a caller would, through every check",
                                      .examples = R"(Examples:
  locket fetch 2b382042-4a92-46a4-a3cf-db4b77085489 --keys keys/jwks.json --token-file alice.token -o small.png
  locket fetch 2b382042-4a92-46a4-a3cf-db4b77085489 --keys keys/jwks.json --token-file alice.token --size large --json
  locket fetch 2b382042-4a92-46a4-a3cf-db4b77085489 --keys keys/jwks.json --token-file alice.token -o - | file -
Prints the status and the headers, and the body where it is an error's JSON; with -o - on standard error.
Exit code 0 for 200 and 304, 1 for a refusal.)"});
  auto options = std::make_shared<FetchOptions>();
  verb.add_option("imodel", options->imodel_id, "the iModel's id")->required()->type_name("IMODEL");
  add_token_options(verb, options->tokens);
  verb.add_option("--token-file", options->token_file, "the bearer token; - reads standard input [no token]")
      ->type_name("FILE")
      ->check(not_empty());
  verb.add_option("--size", options->size, "small (400x250, the default) or large (800x500)")->type_name("small|large");
  verb.add_option("--if-none-match", options->known_etag, "the ETag of the picture you have: 304 while it stands")
      ->type_name("ETAG");
  add_limiter_options(program, verb);
  verb.add_option("-o,--output", options->output, "write the picture here; - is standard output")
      ->type_name("FILE")
      ->check(not_empty());
  on_chosen(program, verb, [&program, options] { return fetch(program, *options); });
}

}  // namespace locket::tool
