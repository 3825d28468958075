#include <benchmark/benchmark.h>

#include <filesystem>
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
  "tiers": [{"name": "wide", "limits": [{"calls": 1000000000, "seconds": 1}]}],
  "clients": [{"id": "client-1", "tier": "wide"}]
})";

constexpr std::string_view imodel_text = "11111111-1111-4111-8111-111111111111";
constexpr std::size_t token_bytes = 900;  // what a token of Bentley's weighs

template <class Value>
Value must(Result<Value> result) {
  if (!result) throw std::runtime_error(std::string(code_name(result.error().code)) + ": " + result.error().detail);
  return std::move(*result);
}

std::string make_token(const SigningKey& key) {
  TokenRequest request{.user = "alice", .client_id = "client-1", .issuer = {}, .audience = {}};
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
    EngineParts parts;
    parts.store = store.get();
    parts.tokens = tokens.get();
    parts.rates = rates.get();
    parts.access = access.get();
    engine = must(Engine::create(parts));
    const Bytes picture = must(codec::write_png(engine::draw_default_picture(Size::large), Effort::fast));
    Upload upload;
    upload.imodel_id = imodel_id;
    upload.bytes = picture;
    must(engine->import_picture(upload));
    token = make_token(key);
    bearer = "Bearer " + token;
  }

  ~House() {
    engine.reset();
    access.reset();
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
  std::string token;
  std::string bearer;
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

void handle(benchmark::State& state, std::string_view authorization, std::string_view id, std::string_view query,
            std::string_view if_none_match, std::uint16_t status) {
  std::vector<HeaderView> headers{{"Host", "localhost"}, {"Accept", "*/*"}};
  if (!authorization.empty()) headers.push_back({"Authorization", authorization});
  if (!if_none_match.empty()) headers.push_back({"If-None-Match", if_none_match});
  Request request;
  request.imodel_id = id;
  request.query = query;
  request.headers = headers;
  for (auto _ : state) {
    const Response response = house().engine->handle(request);
    if (response.status != status) state.SkipWithError("another status");
    benchmark::DoNotOptimize(response.body.view().data());
  }
}

void handle_hot(benchmark::State& state) { handle(state, house().bearer, imodel_text, "size=large", "", 200); }
void handle_304(benchmark::State& state) { handle(state, house().bearer, imodel_text, "size=large", "*", 304); }
void refuse_missing(benchmark::State& state) { handle(state, "", imodel_text, "", "", 401); }
void refuse_token(benchmark::State& state) { handle(state, "Bearer a.b.c", imodel_text, "", "", 401); }
void refuse_size(benchmark::State& state) { handle(state, house().bearer, imodel_text, "size=no", "", 422); }
void refuse_id(benchmark::State& state) { handle(state, house().bearer, "nonsense", "", "", 404); }
BENCHMARK(handle_hot)->Name("handle/200/hot");
BENCHMARK(handle_304)->Name("handle/304");
BENCHMARK(refuse_missing)->Name("handle/401/no-token");
BENCHMARK(refuse_token)->Name("handle/401/bad-token");
BENCHMARK(refuse_size)->Name("handle/422/size");
BENCHMARK(refuse_id)->Name("handle/404");

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
  for (auto _ : state) benchmark::DoNotOptimize(house().store->find_imodel(house().imodel_id));
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
