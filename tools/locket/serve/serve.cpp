#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "access_file.hpp"
#include "json_line.hpp"
#include "locket/engine.hpp"
#include "message.hpp"
#include "network_address.hpp"
#include "open_store.hpp"
#include "rate_limiter.hpp"
#include "recipe_options.hpp"
#include "serve/origin.hpp"
#include "serve/route.hpp"
#include "serve/server.hpp"
#include "token_options.hpp"
#include "verbs.hpp"

namespace locket::tool {
namespace {

constexpr unsigned threads_max = 256;

struct ServeOptions {
  std::string listen = "127.0.0.1:8080";
  TokenOptions tokens;
  std::string access;
  std::string access_log = "-";
  std::string operator_routes = "auto";
  std::vector<std::string> limit_texts;
  std::shared_ptr<RecipeOptions> recipe;
  ServerOptions server;
  std::vector<std::string> allowed_origins;
};

// All that a server is made of; what is made later refers to what was made before.
struct House {
  std::unique_ptr<Store> store;
  std::unique_ptr<TokenVerifier> tokens;
  std::unique_ptr<RateLimiter> counted_rates;
  std::unique_ptr<RateLimiter> rates;  ///< over those
  std::unique_ptr<AccessControl> access;
  AuditSink audit;
  AccessLog log;
  std::unique_ptr<Engine> engine;
  Service service;
};

bool load_access(Store& store, const std::string& path) {
  const auto document = read_access_file(path);
  return document && replace_access(store, *document);
}

// To a caller a server without iModels looks like one that hides them all. On Ceph the first is only known after a
// walk.
void tell_if_empty(Store& store, const std::string& name) {
  if (is_on_ceph(name)) return;
  bool knows_one = false;
  const auto listed = store.list_imodels(std::nullopt, [&knows_one](const ImodelEntry&) {
    knows_one = true;
    return false;
  });
  if (!listed || knows_one) return;
  complain("the store " + name + " knows no iModel: there is nothing to show yet");
  std::cerr
      << "  fill it, also while it is served: `locket import`; or `locket access load` (or --access here), and then a\n"
         "  PUT of each thumbnail by a user with imodels_manage\n";
}

bool build_engine(House& house, const Program& program, const ServeOptions& options) {
  auto access = make_stored_access_control(*house.store, {}, standard_error_log());
  if (!access) {
    complain("can't read the access facts", access.error());
    return false;
  }
  house.access = std::move(*access);
  house.counted_rates = make_rate_limiter(program);
  if (house.counted_rates == nullptr) return false;
  house.rates = std::make_unique<AuditedRateLimiter>(*house.counted_rates);
  EngineParts parts;
  parts.store = house.store.get();
  parts.tokens = house.tokens.get();
  parts.rates = house.rates.get();
  parts.access = house.access.get();
  parts.log = &standard_error_log();
  parts.decisions = &house.audit;
  EngineOptions engine_options;
  engine_options.recipe = options.recipe->recipe;
  engine_options.limits = options.recipe->limits;
  auto engine = Engine::create(parts, std::move(engine_options));
  if (!engine) {
    complain("can't make the engine", engine.error());
    return false;
  }
  house.engine = std::move(*engine);
  return true;
}

OperatorRoutes operator_routes(const ServeOptions& options) {
  if (options.operator_routes == "on") return OperatorRoutes::on;
  const std::string bracketed = "[" + options.server.host + "]";
  const bool local = is_local_host(options.server.host) || is_local_host(bracketed);
  return options.operator_routes == "auto" && local ? OperatorRoutes::local : OperatorRoutes::off;
}

bool fill_service(House& house, const ServeOptions& options) {
  Service& service = house.service;
  for (const std::string& text : options.limit_texts) {
    if (const std::string fault = set_server_limit(service.limits, text); !fault.empty()) {
      complain("--limit: " + fault);
      return false;
    }
  }
  service.picture_bytes_max = options.recipe->limits.picture_bytes_max;
  if (const std::string fault = contradiction_in(service.limits, service.picture_bytes_max); !fault.empty()) {
    complain("--limit: " + fault);
    return false;
  }
  if (options.access_log != "off" && !house.log.open(options.access_log)) {
    complain("can't write the access log " + options.access_log);
    return false;
  }
  service.engine = house.engine.get();
  service.store = house.store.get();
  service.access = house.access.get();
  service.log = &house.log;
  const auto& origins = options.allowed_origins;
  const bool all = std::ranges::find(origins, "*") != origins.end();
  service.allowed_origins = all ? std::vector<std::string>{"*"} : origins;
  service.operator_routes = operator_routes(options);
  return true;
}

void reload(House& house, const ServeOptions& options) {
  const auto keys = house.tokens->reload_keys();
  if (!keys) complain("the keys stay as they were: " + options.tokens.keys, keys.error());
  const bool access = options.access.empty() || load_access(*house.store, options.access);
  if (!keys || !access) return;
  complain(options.access.empty() ? "the keys were read anew" : "the keys and the access facts were read anew");
}

ExitCode serve(const Program& program, ServeOptions& options) {
  const auto address = parse_network_address(options.listen);
  if (!address) {
    complain("--listen must be HOST:PORT, such as 127.0.0.1:8080 or [::1]:0");
    return ExitCode::unusable;
  }
  options.server.host = address->host;
  options.server.port = std::to_string(address->port);
  if (options.server.certificate.empty() != options.server.private_key.empty()) {
    complain("--certificate and --private-key go together");
    return ExitCode::unusable;
  }
  House house;
  house.tokens = make_token_verifier(options.tokens);
  if (house.tokens == nullptr) return ExitCode::unusable;
  house.store = open_store(program, Missing::make);
  if (house.store == nullptr) return ExitCode::unusable;
  if (!options.access.empty() && !load_access(*house.store, options.access)) return ExitCode::unusable;
  tell_if_empty(*house.store, program.store_path);
  if (!build_engine(house, program, options) || !fill_service(house, options)) return ExitCode::unusable;
  house.service.store_counts_cheaply = !is_on_ceph(program.store_path);
  const std::string fault = run_server(
      options.server, house.service, [&] { reload(house, options); },
      [&](const std::string& url) {
        if (program.json) {
          print_line(JsonLine().text("listening", url));
        } else {
          std::cout << "listening on " << url << std::endl;
        }
      });
  if (fault.empty()) return ExitCode::done;
  complain(fault);
  return ExitCode::unusable;
}

void add_options(CLI::App& verb, ServeOptions& options) {
  verb.add_option("--listen", options.listen, "where to listen; port 0 picks a free one [127.0.0.1:8080]")
      ->type_name("HOST:PORT");
  add_token_options(verb, options.tokens);
  verb.add_option("--access", options.access, "an access document to load at the start and at each SIGHUP")
      ->type_name("FILE.json")
      ->check(not_empty());
  verb.add_option("--threads", options.server.threads, "threads that answer requests [one a processor]")
      ->type_name("N")
      ->check(whole_number(1, threads_max));
  verb.add_option("--allow-origin", options.allowed_origins,
                  "an origin whose pages may ask (CORS), such as https://app.example; * for all")
      ->type_name("ORIGIN")
      ->check(origin_fault);
  verb.add_option("--certificate", options.server.certificate, "serve HTTPS with this certificate chain")
      ->type_name("FILE.pem")
      ->check(not_empty());
  verb.add_option("--private-key", options.server.private_key, "and this private key")
      ->type_name("FILE.pem")
      ->check(not_empty());
  verb.add_option("--access-log", options.access_log,
                  "one JSON object a request: a file, - for standard error, or off [-]")
      ->type_name("FILE");
  verb.add_option(
          "--operator", options.operator_routes,
          "offer the page, the gallery and the metrics; auto: to this machine, while listening on loopback [auto]")
      ->type_name("auto|on|off")
      ->check(one_of({"auto", "on", "off"}));
  verb.add_option("--limit", options.limit_texts, "set a limit, named below; may be given again")
      ->type_name("NAME=NUMBER");
}

// The limits as lines of a help.
std::string describe_limits() {
  constexpr std::size_t columns_max = 115;
  std::string text = "The limits, as they are unless --limit sets them:";
  std::size_t columns = columns_max;
  for (const NamedLimit& limit : list_server_limits({})) {
    const std::string item = " " + std::string(limit.name) + "=" + std::to_string(limit.value);
    if (columns + item.size() > columns_max) {
      text += "\n ";
      columns = 1;
    }
    text += item;
    columns += item.size();
  }
  return text;
}

constexpr const char* explanation = R"(Examples:
  locket serve --keys keys/jwks.json
  locket serve --keys keys/jwks.json --listen 0.0.0.0:443 --certificate chain.pem --private-key key.pem
Prints `listening on http://HOST:PORT` once it answers. SIGHUP reads keys, access document and certificate anew and
opens the access log anew; SIGTERM and Ctrl-C answer what is under way and end.
Beside /imodels/{id}/thumbnail there are /health, /openapi.json, /metrics and, at /, a page for the operator.

)";

}  // namespace

void add_serve_verb(Program& program) {
  CLI::App& verb = add_verb(program, {.name = "serve",
                                      .summary = "answer the thumbnail operations over HTTP",
                                      .examples = explanation + describe_limits()});
  auto options = std::make_shared<ServeOptions>();
  options->server.threads = std::clamp(std::thread::hardware_concurrency(), 1U, threads_max);
  add_options(verb, *options);
  add_limiter_options(program, verb);
  options->recipe = add_recipe_options(verb);
  on_chosen(program, verb, [&program, options] { return serve(program, *options); });
}

}  // namespace locket::tool
