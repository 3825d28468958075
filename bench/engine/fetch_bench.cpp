#include <benchmark/benchmark.h>

#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>

#include "codec/png_writer.hpp"
#include "engine/default_picture.hpp"
#include "locket/locket.hpp"

namespace locket {
namespace {

constexpr std::string_view access_json = R"({
  "organizations": [{"id": "aaaaaaaa-0000-4000-8000-000000000001"}],
  "itwins": [{"id": "bbbbbbbb-0000-4000-8000-000000000001",
              "organization_id": "aaaaaaaa-0000-4000-8000-000000000001",
              "roles": [{"id": "viewer", "permissions": ["imodels_webview"]}],
              "members": [{"user": "alice", "roles": ["viewer"]}]}],
  "imodels": [{"id": "11111111-1111-4111-8111-111111111111", "itwin_id": "bbbbbbbb-0000-4000-8000-000000000001"}],
  "tiers": [{"name": "wide", "limits": [{"calls": 1000000000, "seconds": 1}]},
            {"name": "narrow", "limits": [{"calls": 1, "seconds": 1000000}]}],
  "clients": [{"id": "client-1", "tier": "wide"}, {"id": "client-2", "tier": "narrow"}]
})";

constexpr std::string_view imodel_text = "11111111-1111-4111-8111-111111111111";
constexpr std::string_view unknown_text = "99999999-9999-4999-8999-999999999999";
constexpr std::size_t token_bytes = 900;  // what a token of Bentley's weighs

template <class Value>
Value must(Result<Value> result) {
  if (!result) throw std::runtime_error(std::string(code_name(result.error().code)) + ": " + result.error().detail);
  return std::move(*result);
}

/// A large PNG of about 100 KB: the default picture, part of it under noise.
Bytes make_picture() {
  constexpr std::uint32_t noisy_rows = 40;
  Image image = engine::draw_default_picture(Size::large);
  std::mt19937 random(1);
  for (std::size_t i = 0; i < noisy_rows * image.row_bytes(); ++i)
    image.samples[i] = static_cast<std::uint8_t>(random());
  return must(codec::write_png(image, Effort::fast));
}

std::string make_token(const SigningKey& key, std::string client_id) {
  TokenRequest request{.user = "alice", .client_id = std::move(client_id), .issuer = {}, .audience = {}};
  std::string token = must(key.sign(make_claims(request, system_clock().now())));
  request.audience.assign((token_bytes - token.size()) * 3 / 4 - 10, 'a');
  return must(key.sign(make_claims(request, system_clock().now())));
}

/// A store with one picture, and an engine over it, of real parts.
struct House {
  House() {
    folder = (std::filesystem::temp_directory_path() / "locket-bench-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no folder for the store");
    store = must(open_store(folder + "/bench.locket"));
    must(store->replace_access(must(parse_access_document(access_json))));
    tokens = must(make_jwks_token_verifier({}, make_static_key_source(key.to_jwks())));
    access = must(make_stored_access_control(*store));
    engine = engine_over(*store, *tokens, {});
    Limits nothing_kept;
    nothing_kept.hot_picture_bytes_max = 0;
    nothing_kept.hot_imodel_bytes_max = 4'096;  // what `locate` has just read is there for `read`, and little else
    nothing_kept.token_cache_entries_max = 0;
    nothing_kept.user_lookup_bytes_max = 0;
    StoreOptions from_file;
    from_file.limits = nothing_kept;
    file_store = must(open_store(folder + "/bench.locket", from_file));
    every_token = must(make_jwks_token_verifier({}, make_static_key_source(key.to_jwks()), nothing_kept));
    file_engine = engine_over(*file_store, *tokens, nothing_kept);
    uncached_engine = engine_over(*file_store, *every_token, nothing_kept);
    const Bytes picture = make_picture();
    Upload upload;
    upload.imodel_id = imodel_id;
    upload.bytes = picture;
    must(engine->import_picture(upload));
    token = make_token(key, "client-1");
    bearer = "Bearer " + token;
    limited_bearer = "Bearer " + make_token(key, "client-2");
  }

  std::unique_ptr<Engine> engine_over(Store& of, TokenVerifier& verifier, const Limits& limits) const {
    EngineParts parts;
    parts.store = &of;
    parts.tokens = &verifier;
    parts.rates = rates.get();
    parts.access = access.get();
    EngineOptions options;
    options.limits = limits;
    return must(Engine::create(parts, std::move(options)));
  }

  ~House() {
    for (auto* one : {&engine, &file_engine, &uncached_engine}) one->reset();
    access.reset();
    file_store.reset();
    store.reset();
    std::filesystem::remove_all(folder);
  }

  Guid imodel_id = parse_guid(imodel_text).value();
  std::string folder;
  SigningKey key = must(SigningKey::generate(Algorithm::rs256));
  std::unique_ptr<Store> store;
  std::unique_ptr<TokenVerifier> tokens;
  std::unique_ptr<RateLimiter> rates = make_memory_rate_limiter();
  std::unique_ptr<AccessControl> access;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Store> file_store;           // remembers no picture
  std::unique_ptr<Engine> file_engine;         // over that one
  std::unique_ptr<TokenVerifier> every_token;  // remembers no token
  std::unique_ptr<Engine> uncached_engine;     // remembers neither
  std::string token;
  std::string bearer;
  std::string limited_bearer;
};

House& house() {
  static House one;
  return one;
}

void fetch_typed(benchmark::State& state) {
  const FetchQuestion question{
      .token = house().token, .imodel_id = house().imodel_id, .size = Size::large, .known_etag = {}};
  for (auto _ : state) {
    const auto fetched = house().engine->fetch(question);
    if (!fetched || fetched->png.empty()) state.SkipWithError("not fetched");
    benchmark::DoNotOptimize(fetched->png.view().data());
  }
}
BENCHMARK(fetch_typed)->Name("fetch/typed/hot");

struct Asked {
  std::string_view authorization;
  std::string_view id = imodel_text;
  std::string_view query = "size=large";
  std::string_view if_none_match = "";
};

void handle(benchmark::State& state, Engine& engine, const Asked& asked, std::uint16_t status) {
  std::vector<HeaderView> headers{{"Host", "localhost"}, {"Accept", "*/*"}};
  if (!asked.authorization.empty()) headers.push_back({"Authorization", asked.authorization});
  if (!asked.if_none_match.empty()) headers.push_back({"If-None-Match", asked.if_none_match});
  Request request;
  request.imodel_id = asked.id;
  request.query = asked.query;
  request.headers = headers;
  (void)engine.handle(request);  // the one call that a narrow tier admits
  for (auto _ : state) {
    const Response response = engine.handle(request);
    if (response.status != status) state.SkipWithError("another status");
    benchmark::DoNotOptimize(response.body.view().data());
  }
}

void handle_hot(benchmark::State& state) { handle(state, *house().engine, {house().bearer}, 200); }
void handle_file(benchmark::State& state) { handle(state, *house().file_engine, {house().bearer}, 200); }
void handle_uncached(benchmark::State& state) { handle(state, *house().uncached_engine, {house().bearer}, 200); }
void handle_304(benchmark::State& state) {
  handle(state, *house().engine, {.authorization = house().bearer, .if_none_match = "*"}, 304);
}
void refuse_missing(benchmark::State& state) { handle(state, *house().engine, {""}, 401); }
void refuse_token(benchmark::State& state) { handle(state, *house().engine, {"Bearer a.b.c"}, 401); }
void refuse_rate(benchmark::State& state) { handle(state, *house().engine, {house().limited_bearer}, 429); }
void refuse_size(benchmark::State& state) {
  handle(state, *house().engine, {.authorization = house().bearer, .query = "size=no"}, 422);
}
void refuse_id(benchmark::State& state) {
  handle(state, *house().engine, {.authorization = house().bearer, .id = unknown_text}, 404);
}
// What no user has asked for before.
void refuse_new_id(benchmark::State& state) {
  const HeaderView headers[] = {{"Host", "localhost"}, {"Accept", "*/*"}, {"Authorization", house().bearer}};
  static Guid id{};  // goes on where the run before ended
  std::string text;
  Request request{.query = "size=large", .headers = headers};
  for (auto _ : state) {
    state.PauseTiming();
    for (std::size_t at = 0; at < id.bytes.size() && ++id.bytes[at] == 0; ++at) continue;
    text = to_string(id);
    request.imodel_id = text;
    state.ResumeTiming();
    if (house().engine->handle(request).status != 404) state.SkipWithError("another status");
  }
}
BENCHMARK(handle_hot)->Name("handle/200/hot");
BENCHMARK(handle_file)->Name("handle/200/from-file");
BENCHMARK(handle_uncached)->Name("handle/200/uncached");
BENCHMARK(handle_304)->Name("handle/304");
BENCHMARK(refuse_missing)->Name("handle/401/no-token");
BENCHMARK(refuse_token)->Name("handle/401/bad-token");
BENCHMARK(refuse_rate)->Name("handle/429");
BENCHMARK(refuse_size)->Name("handle/422/size");
BENCHMARK(refuse_id)->Name("handle/404");
BENCHMARK(refuse_new_id)->Name("handle/404/first-time");

// The share of each stage, one after the other as a fetch runs them.
void stage_verify(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(house().tokens->verify(house().token, system_clock().now()));
}
BENCHMARK(stage_verify)->Name("stage/1-verify");

void stage_tier(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(house().access->tier_of("client-1"));
}
BENCHMARK(stage_tier)->Name("stage/2-tier");

void stage_admit(benchmark::State& state) {
  const Identity identity = must(house().tokens->verify(house().token, system_clock().now()));
  const auto tier = house().access->tier_of("client-1");
  for (auto _ : state) benchmark::DoNotOptimize(house().rates->admit(identity, *tier, system_clock().monotonic_now()));
}
BENCHMARK(stage_admit)->Name("stage/3-admit");

void stage_find(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(house().store->find_imodel(house().imodel_id, Lookup::remembered));
}
BENCHMARK(stage_find)->Name("stage/4-find");

/// What the later stages need, made as a fetch makes it.
struct Prepared {
  Admission admission = house()
                            .rates
                            ->admit(must(house().tokens->verify(house().token, system_clock().now())),
                                    *house().access->tier_of("client-1"), system_clock().monotonic_now())
                            .value();
  std::optional<ImodelFacts> facts = must(house().store->find_imodel(house().imodel_id)).value().facts;
  Grant grant = house().access->authorize_view(admission, facts).value();
  Location location = must(house().store->locate(grant, Size::large)).value();
};

void stage_authorize(benchmark::State& state) {
  const Prepared prepared;
  for (auto _ : state) {
    benchmark::DoNotOptimize(house().access->authorize_view(prepared.admission, prepared.facts));
  }
}
BENCHMARK(stage_authorize)->Name("stage/5-authorize");

void stage_locate(benchmark::State& state) {
  const Prepared prepared;
  for (auto _ : state) benchmark::DoNotOptimize(house().store->locate(prepared.grant, Size::large));
}
BENCHMARK(stage_locate)->Name("stage/6-locate");

void stage_read(benchmark::State& state) {
  const Prepared prepared;
  for (auto _ : state) benchmark::DoNotOptimize(house().store->read(prepared.grant, prepared.location));
}
BENCHMARK(stage_read)->Name("stage/7-read");

}  // namespace
}  // namespace locket

BENCHMARK_MAIN();
