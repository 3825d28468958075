#include <benchmark/benchmark.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include "locket/access.hpp"
#include "locket/rate_limit.hpp"

namespace locket {
namespace {

template <class Value>
Value must(Result<Value> result) {
  if (!result) throw std::runtime_error(result.error().detail);
  return std::move(*result);
}

Guid numbered(std::uint8_t kind, std::size_t number) {
  return derive_guid(std::to_string(kind) + "/" + std::to_string(number));
}

std::string user_name(std::size_t number) { return "user-" + std::to_string(number) + "@example.org"; }

constexpr std::size_t imodels_of_an_itwin = 100;
constexpr std::size_t members_of_an_itwin = 20;

// iTwins of a hundred iModels each, of which every kind of configuration takes a third, and of twenty members.
AccessDocument make_document(std::size_t imodels) {
  AccessDocument document;
  document.organizations = {{numbered(1, 0), {user_name(0)}, {}}};
  for (std::size_t i = 0; i * imodels_of_an_itwin < imodels; ++i) {
    AccessDocument::Itwin& itwin = document.itwins.emplace_back();
    itwin.id = numbered(2, i);
    itwin.organization_id = document.organizations[0].id;
    itwin.owners = {user_name(i * members_of_an_itwin)};
    itwin.roles = {{"viewer", PermissionSet::from_bits(1)}, {"editor", PermissionSet::from_bits(15)}};
    itwin.groups.push_back({"everybody", {}});
    for (std::size_t member = 1; member < members_of_an_itwin; ++member) {
      itwin.groups[0].members.push_back(user_name(i * members_of_an_itwin + member));
    }
    itwin.members = {{"", "everybody", {"viewer"}}};
    for (std::size_t j = 0; j < imodels_of_an_itwin; ++j) {
      const std::size_t number = i * imodels_of_an_itwin + j;
      AccessDocument::Imodel& imodel = document.imodels.emplace_back();
      imodel.id = numbered(3, number);
      imodel.itwin_id = itwin.id;
      imodel.mode = static_cast<ImodelMode>(number % 3);
      if (imodel.mode == ImodelMode::roles) imodel.granted = {{"viewer", PermissionSet::from_bits(1)}};
      if (imodel.mode == ImodelMode::users)
        imodel.granted = {{itwin.groups[0].members[0], PermissionSet::from_bits(9)}};
    }
  }
  for (std::size_t i = 0; i < 1000; ++i) document.clients.push_back({"client-" + std::to_string(i), "premium"});
  return document;
}

const AccessDocument& document_of(std::size_t imodels) {
  static std::unordered_map<std::size_t, AccessDocument> documents;
  const auto [found, added] = documents.try_emplace(imodels);
  if (added) found->second = make_document(imodels);
  return found->second;
}

std::shared_ptr<const AccessSnapshot> snapshot_of(std::size_t imodels) {
  static std::unordered_map<std::size_t, std::shared_ptr<const AccessSnapshot>> snapshots;
  const auto [found, added] = snapshots.try_emplace(imodels);
  if (added) found->second = must(AccessSnapshot::build(document_of(imodels), 1));
  return found->second;
}

// Asks about `asked` iModels in turn, for a member of the iTwin of each.
void decide(benchmark::State& state) {
  const auto imodels = static_cast<std::size_t>(state.range(0));
  const auto asked = static_cast<std::size_t>(state.range(1));
  const auto snapshot = snapshot_of(imodels);
  std::vector<std::string> users;
  std::vector<ImodelFacts> facts;
  for (std::size_t i = 0; i < asked; ++i) {
    const std::size_t number = i * 7919 % imodels;
    users.push_back(user_name(number / imodels_of_an_itwin * members_of_an_itwin + 1));
    facts.push_back({numbered(3, number), numbered(2, number / imodels_of_an_itwin)});
  }
  std::size_t next = 0;
  for (auto _ : state) {
    next = next + 1 == asked ? 0 : next + 1;
    const Decision decision = snapshot->decide({users[next], Permission::webview, facts[next]});
    if (!decision.allowed) state.SkipWithError("denied");
    benchmark::DoNotOptimize(decision);
  }
}
BENCHMARK(decide)
    ->ArgNames({"imodels", "asked"})
    ->Args({1000, 10})
    ->Args({1000, 1000})
    ->Args({1'000'000, 10})
    ->Args({1'000'000, 10'000});

void decide_about_unknown(benchmark::State& state) {
  const auto snapshot = snapshot_of(1000);
  const std::string user = user_name(1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(snapshot->decide({user, Permission::webview, std::nullopt}));
  }
}
BENCHMARK(decide_about_unknown);

void tier_of(benchmark::State& state) {
  const auto snapshot = snapshot_of(1000);
  const std::string client = state.range(0) != 0 ? "client-500" : "client-of-nobody";
  for (auto _ : state) benchmark::DoNotOptimize(&snapshot->tier_of(client));
}
BENCHMARK(tier_of)->ArgName("known")->Arg(1)->Arg(0);

void build(benchmark::State& state) {
  const AccessDocument& document = document_of(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(must(AccessSnapshot::build(document, 1)));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(build)->ArgName("imodels")->Arg(1000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void parse(benchmark::State& state) {
  const std::string text = to_json(document_of(static_cast<std::size_t>(state.range(0))));
  for (auto _ : state) benchmark::DoNotOptimize(must(parse_access_document(text)));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(parse)->ArgName("imodels")->Arg(1000)->Arg(100'000)->Unit(benchmark::kMillisecond);

// A token is the client's name.
class NamedClient final : public TokenVerifier {
 protected:
  Result<std::shared_ptr<const Claims>> check(std::string_view token, UnixTime) override {
    return std::make_shared<const Claims>(Claims{"user", std::string(token), {}});
  }
};

Tier tier_with(std::int64_t windows) {
  Tier tier{"tier", {}};
  for (std::int64_t i = 0; i < windows; ++i) {
    tier.windows.push_back({1'000'000'000, static_cast<std::uint32_t>(1 + i)});
  }
  return tier;
}

void charge(benchmark::State& state) {
  static const auto limiter = make_memory_rate_limiter();
  const Tier tier = tier_with(state.range(0));
  std::vector<Identity> clients;
  for (std::int64_t i = 0; i < state.range(1); ++i) {
    const std::size_t number =
        static_cast<std::size_t>(state.thread_index() * 1'000'000 + state.range(0) * 100'000 + i);
    clients.push_back(must(NamedClient().verify(to_string(numbered(4, number)), {})));
  }
  std::size_t next = 0;
  std::int64_t now = 0;
  for (auto _ : state) {
    next = next + 1 == clients.size() ? 0 : next + 1;
    if (!limiter->admit(clients[next], tier, {now += 1000})) state.SkipWithError("refused");
  }
}
BENCHMARK(charge)->ArgNames({"windows", "clients"})->Args({1, 1})->Args({2, 1})->Args({4, 1})->Args({2, 10'000});
BENCHMARK(charge)
    ->Name("charge/each_thread_its_client")
    ->ArgNames({"windows", "clients"})
    ->Args({2, 1})
    ->Threads(2)
    ->UseRealTime();

void refuse(benchmark::State& state) {
  const auto limiter = make_memory_rate_limiter();
  const Tier tier{"tier", {{1, 60}, {10, 3600}}};
  const Identity client = must(NamedClient().verify("client", {}));
  static_cast<void>(limiter->admit(client, tier, {0}));
  for (auto _ : state) {
    if (limiter->admit(client, tier, {0})) state.SkipWithError("admitted");
  }
}
BENCHMARK(refuse);

}  // namespace
}  // namespace locket

BENCHMARK_MAIN();
