#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "counted_memory.hpp"
#include "locket/access.hpp"
#include "locket/rate_limit.hpp"
#include "locket/token.hpp"
#include "trusting_verifier.hpp"

namespace locket {
namespace {

using policy::CountedMemory;
using policy::TrustingVerifier;

constexpr std::string_view organization = "0a000000-0000-0000-0000-000000000001";
constexpr std::string_view itwin = "0b000000-0000-0000-0000-000000000001";
constexpr std::string_view imodel_by_roles = "0c000000-0000-0000-0000-000000000001";
constexpr std::string_view imodel_by_users = "0c000000-0000-0000-0000-000000000002";

// A document that takes every turn: a wide iTwin, groups, account roles, both kinds of configured iModels, tiers.
std::string document_text() {
  std::string roles = R"({"id":"viewer of a long name, too long for a short text","permissions":["imodels_webview"]})";
  for (int i = 0; i < 70; ++i) roles += R"(,{"id":"r)" + std::to_string(i) + R"(","permissions":[]})";
  return R"({"organizations":[{"id":")" + std::string(organization) +
         R"(","administrators":["an administrator of a long name"],"roles":[{"id":"auditor","permissions":[]}]}],
           "itwins":[{"id":")" +
         std::string(itwin) + R"(","organization_id":")" + std::string(organization) +
         R"(","owners":["olga"],"roles":[)" + roles +
         R"(],"groups":[{"id":"g","members":["gina","gus"]}],"members":[{"group":"g","roles":["r69","auditor"]},
           {"user":"ulf","roles":["viewer of a long name, too long for a short text","r1"]}]}],
           "imodels":[{"id":")" +
         std::string(imodel_by_roles) + R"(","itwin_id":")" + std::string(itwin) +
         R"(","role_permissions":{"r1":["imodels_manage"]}},{"id":")" + std::string(imodel_by_users) +
         R"(","itwin_id":")" + std::string(itwin) + R"(","user_permissions":{"ulf":["imodels_manage"]}}],
           "tiers":[{"name":"community","limits":[{"calls":5,"seconds":60}]}],
           "clients":[{"id":"client","tier":"community"}]})";
}

Guid guid(std::string_view text) { return parse_guid(text).value(); }

// Lets the first, then the second, ... taking of memory fail in `job` until none does; `job` gives whether it worked,
// and must bring no exception. Result: how many times it failed.
template <class Job>
std::uint64_t failures_of(const Job& job) {
  for (std::uint64_t times = 0;; ++times) {
    CountedMemory::fail_after(times);
    const bool worked = job();
    CountedMemory::never_fail();
    if (worked) return times;
  }
}

TEST(PolicyMemory, ADocumentIsReadOrRefusedForWantOfMemory) {
  const std::string text = document_text();
  const AccessDocument expected = parse_access_document(text).value();
  const std::uint64_t failures = failures_of([&] {
    const auto document = parse_access_document(text);
    CountedMemory::never_fail();
    if (document) {
      EXPECT_EQ(*document, expected);
    } else {
      EXPECT_EQ(document.error().code, Code::out_of_memory);
    }
    return document.has_value();
  });
  EXPECT_GT(failures, 50U);
}

TEST(PolicyMemory, ASnapshotIsBuiltOrRefusedForWantOfMemory) {
  const AccessDocument document = parse_access_document(document_text()).value();
  const std::uint64_t failures = failures_of([&] {
    const auto snapshot = AccessSnapshot::build(document, 3);
    CountedMemory::never_fail();
    if (snapshot) {
      EXPECT_EQ((*snapshot)->revision(), 3U);
    } else {
      EXPECT_EQ(snapshot.error().code, Code::out_of_memory);
    }
    return snapshot.has_value();
  });
  EXPECT_GT(failures, 50U);
}

TEST(PolicyMemory, TextsAreWholeOrEmpty) {
  const AccessDocument document = parse_access_document(document_text()).value();
  const std::string expected = to_json(document);
  EXPECT_GT(failures_of([&] {
              const std::string text = to_json(document);
              CountedMemory::never_fail();
              EXPECT_TRUE(text.empty() || text == expected);
              return !text.empty();
            }),
            10U);
  const AccessQuestion question{"ulf", Permission::webview, ImodelFacts{guid(imodel_by_roles), guid(itwin)}};
  const std::string explained = explain(question, {});
  EXPECT_GT(failures_of([&] {
              const std::string text = explain(question, {});
              CountedMemory::never_fail();
              EXPECT_TRUE(text.empty() || text == explained);
              return !text.empty();
            }),
            3U);
}

TEST(PolicyMemory, AWrongBearerIsRejectedAlsoWithoutMemoryForTheReason) {
  CountedMemory::fail_after(0);
  const auto token = parse_bearer("Basic abc", 100);
  CountedMemory::never_fail();
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code, Code::token_rejected);
  EXPECT_TRUE(token.error().detail.empty());
}

TEST(PolicyMemory, ATokenIsSignedOrRefusedForWantOfMemory) {
  const SigningKey key = SigningKey::generate(Algorithm::es256).value();
  const std::uint64_t failures = failures_of([&] {
    const auto token = key.sign(R"({"sub":"a user of a long name, too long for a short text"})");
    CountedMemory::never_fail();
    EXPECT_TRUE(token || token.error().code == Code::out_of_memory);
    return token.has_value();
  });
  EXPECT_GT(failures, 3U);
}

TEST(PolicyMemory, AKeyIsMadeOrRefusedForWantOfMemory) {
  const std::uint64_t failures = failures_of([] {
    const auto key = SigningKey::generate(Algorithm::es256);
    CountedMemory::never_fail();
    EXPECT_TRUE(key || key.error().code == Code::out_of_memory);
    return key.has_value();
  });
  EXPECT_GT(failures, 3U);
}

TEST(PolicyMemory, AKeyIsReadOrRefusedForWantOfMemory) {
  const std::string pem = SigningKey::generate(Algorithm::es256).value().to_pem();
  const std::uint64_t failures = failures_of([&] {
    const auto key = SigningKey::from_pem(pem, Algorithm::es256);
    CountedMemory::never_fail();
    EXPECT_TRUE(key || key.error().code == Code::out_of_memory);
    return key.has_value();
  });
  EXPECT_GT(failures, 3U);
}

TEST(PolicyMemory, DecisionsAndTiersTakeNone) {
  const auto snapshot = AccessSnapshot::build(parse_access_document(document_text()).value(), 3).value();
  const std::uint64_t before = CountedMemory::taken();
  std::size_t allowed = 0;
  for (const std::string_view user :
       {"an administrator of a long name", "olga", "gina", "ulf", "an unknown user of a long name"}) {
    for (const auto& id : {imodel_by_roles, imodel_by_users, itwin}) {
      const Decision decision = snapshot->decide({user, Permission::manage, ImodelFacts{guid(id), guid(itwin)}});
      allowed += decision.allowed ? 1 : 0;
    }
    allowed += snapshot->decide({user, Permission::manage, std::nullopt}).allowed ? 1 : 0;
    allowed += snapshot->tier_of(user).windows.empty() ? 1 : 0;
  }
  EXPECT_EQ(CountedMemory::taken(), before);
  EXPECT_EQ(allowed, 8U);
}

TEST(PolicyMemory, AChargeOfAKnownClientTakesNone) {
  const auto limiter = make_memory_rate_limiter();
  const Identity identity = TrustingVerifier::identity("ulf", "a client of a long name, too long for a short text");
  const Tier tier{"community", {{500, 60}, {5000, 3600}}};
  ASSERT_TRUE(limiter->admit(identity, tier, {0}));
  const std::uint64_t before = CountedMemory::taken();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(limiter->admit(identity, tier, {i}));
  EXPECT_EQ(CountedMemory::taken(), before);
}

TEST(PolicyMemory, ALimiterWithoutMemoryLetsNobodyInAndLosesNoPlace) {
  EXPECT_GE(failures_of([] { return make_memory_rate_limiter() != nullptr; }), 1U);
  Limits limits;
  limits.rate_clients_max = 1;
  const auto limiter = make_memory_rate_limiter(limits);
  const Identity identity = TrustingVerifier::identity("ulf", "a client of a long name, too long for a short text");
  const Tier tier{"a tier of a long name, too long for a short text", {{3, 60}}};
  EXPECT_GE(failures_of([&] {
              const auto admission = limiter->admit(identity, tier, {0});
              CountedMemory::never_fail();
              EXPECT_TRUE(admission || admission.error().unavailable);
              return admission.has_value();
            }),
            2U);
  // The failures took neither the only place nor a call.
  EXPECT_TRUE(limiter->admit(identity, tier, {0}));
  EXPECT_TRUE(limiter->admit(identity, tier, {0}));
  EXPECT_FALSE(limiter->admit(identity, tier, {0}));
  // A refusal is told without its tier rather than not at all.
  EXPECT_EQ(failures_of([&] {
              const auto admission = limiter->admit(identity, tier, {0});
              CountedMemory::never_fail();
              EXPECT_FALSE(admission);
              EXPECT_FALSE(admission.error().unavailable);
              EXPECT_TRUE(admission.error().tier.empty() || admission.error().tier == tier.name);
              return !admission.error().tier.empty();
            }),
            1U);
}

TEST(PolicyMemory, TenMillionClientsStayWithinTheTable) {
  const char* asked = std::getenv("LOCKET_RATE_CLIENTS");
  const std::uint64_t clients = asked == nullptr ? 100'000 : std::stoull(asked);
  Limits limits;
  limits.rate_clients_max = 10'000;
  const std::size_t before = CountedMemory::held_bytes();
  const auto limiter = make_memory_rate_limiter(limits);
  const Tier community{"community", {{500, 60}, {5000, 3600}}};
  std::size_t most = 0;
  std::uint64_t unavailable = 0;
  // A newcomer a microsecond, each of whom owes for 0.72 s: the table is full nearly all the time.
  for (std::uint64_t i = 0; i < clients; ++i) {
    const Identity identity =
        TrustingVerifier::identity("ulf", "0d000000-0000-4000-8000-" + std::to_string(100'000'000'000 + i));
    const auto admission = limiter->admit(identity, community, {static_cast<std::int64_t>(i) * 1000});
    unavailable += admission ? 0 : 1;
    most = std::max(most, CountedMemory::held_bytes() - before);
  }
  EXPECT_GE(unavailable, clients / 100 * 85);
  EXPECT_LE(most, limits.rate_clients_max * 300);
  // As few as a thousand at a time: no more memory than they need.
  const std::size_t full = CountedMemory::held_bytes() - before;
  for (std::uint64_t i = 0; i < clients; ++i) {
    const Identity identity =
        TrustingVerifier::identity("ulf", "0e000000-0000-4000-8000-" + std::to_string(100'000'000'000 + i));
    const std::int64_t now = static_cast<std::int64_t>(clients * 1000 + 1'000'000'000 + i * 10'000'000);
    ASSERT_TRUE(limiter->admit(identity, community, {now}));
  }
  EXPECT_LE(CountedMemory::held_bytes() - before, full);
}

TEST(PolicyMemory, AKeyIsWrittenOrNotForWantOfMemory) {
  const SigningKey key = SigningKey::generate(Algorithm::es256).value();
  EXPECT_GT(failures_of([&] { return !key.to_pem().empty(); }), 0U);
  EXPECT_GT(failures_of([&] { return !key.to_jwks().empty(); }), 0U);
}

}  // namespace
}  // namespace locket
