#include <benchmark/benchmark.h>

#include <stdexcept>
#include <string>

#include "crypto/sha256.hpp"
#include "locket/token.hpp"

namespace locket {
namespace {

constexpr UnixTime now{1'800'000'000};
constexpr std::size_t token_bytes = 900;  // what a token of Bentley's weighs

template <class Value>
Value must(Result<Value> result) {
  if (!result) throw std::runtime_error(result.error().detail);
  return std::move(*result);
}

// A token of the usual size: the audience makes up for what the claims and the algorithm leave short.
std::string make_token(const SigningKey& key, std::string_view user) {
  TokenRequest request{.user = std::string(user), .client_id = "client-1", .issuer = "https://ims.example"};
  std::string token = must(key.sign(make_claims(request, now)));
  request.audience.assign((token_bytes - token.size()) * 3 / 4 - 10, 'a');
  return must(key.sign(make_claims(request, now)));
}

std::unique_ptr<TokenVerifier> make_verifier(const SigningKey& key, std::uint32_t cache_entries) {
  Limits limits;
  limits.token_cache_entries_max = cache_entries;
  return must(make_jwks_token_verifier({}, make_static_key_source(key.to_jwks()), limits));
}

const SigningKey& key_of(Algorithm algorithm) {
  static const SigningKey keys[]{must(SigningKey::generate(Algorithm::rs256)),
                                 must(SigningKey::generate(Algorithm::ps256)),
                                 must(SigningKey::generate(Algorithm::es256))};
  return keys[static_cast<int>(algorithm)];
}

void verify_new(benchmark::State& state) {
  const SigningKey& key = key_of(static_cast<Algorithm>(state.range(0)));
  const std::string token = make_token(key, "user-1");
  const auto verifier = make_verifier(key, 0);
  for (auto _ : state) {
    const auto identity = verifier->verify(token, now);
    if (!identity) state.SkipWithError(identity.error().detail.c_str());
  }
}
BENCHMARK(verify_new)->Name("verify/new/rs256")->Arg(0);
BENCHMARK(verify_new)->Name("verify/new/ps256")->Arg(1);
BENCHMARK(verify_new)->Name("verify/new/es256")->Arg(2);

void verify_known(benchmark::State& state) {
  static const auto verifier = make_verifier(key_of(Algorithm::rs256), 10'000);
  static const auto tokens = [] {
    std::vector<std::string> made;
    for (int i = 0; i < 64; ++i) made.push_back(make_token(key_of(Algorithm::rs256), "user-" + std::to_string(i)));
    return made;
  }();
  std::size_t next = static_cast<std::size_t>(state.thread_index());
  for (auto _ : state) {
    const auto identity = verifier->verify(tokens[++next % tokens.size()], now);
    if (!identity) state.SkipWithError(identity.error().detail.c_str());
    benchmark::DoNotOptimize(identity);
  }
}
BENCHMARK(verify_known)->Name("verify/known")->Threads(1)->Threads(2)->UseRealTime();

// What a known token can not cost less than.
void digest_only(benchmark::State& state) {
  const std::string token = make_token(key_of(Algorithm::rs256), "user-1");
  for (auto _ : state) benchmark::DoNotOptimize(crypto::sha256(as_bytes(token)));
}
BENCHMARK(digest_only)->Name("verify/known/its_digest");

void read_header(benchmark::State& state) {
  const std::string value = "Bearer " + make_token(key_of(Algorithm::rs256), "user-1");
  for (auto _ : state) benchmark::DoNotOptimize(parse_bearer(value));
}
BENCHMARK(read_header)->Name("bearer");

void reject(benchmark::State& state, const std::string& token) {
  const auto verifier = make_verifier(key_of(Algorithm::rs256), 10'000);
  for (auto _ : state) {
    const auto identity = verifier->verify(token, now);
    if (identity) state.SkipWithError("accepted");
  }
}

void reject_signature(benchmark::State& state) {
  std::string token = make_token(key_of(Algorithm::rs256), "user-1");
  token[token.size() - 10] = token[token.size() - 10] == 'A' ? 'B' : 'A';
  reject(state, token);
}
BENCHMARK(reject_signature)->Name("reject/signature");

void reject_expired(benchmark::State& state) {
  const auto claims = make_claims({.user = "u", .client_id = "c"}, {now.seconds - 100'000});
  reject(state, must(key_of(Algorithm::rs256).sign(claims)));
}
BENCHMARK(reject_expired)->Name("reject/expired");

void reject_unknown_key(benchmark::State& state) { reject(state, make_token(key_of(Algorithm::ps256), "user-1")); }
BENCHMARK(reject_unknown_key)->Name("reject/unknown_key");

void reject_form(benchmark::State& state) { reject(state, std::string(token_bytes, 'a')); }
BENCHMARK(reject_form)->Name("reject/form");

}  // namespace
}  // namespace locket

BENCHMARK_MAIN();
