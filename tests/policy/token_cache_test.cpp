#include "policy/token_cache.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <thread>
#include <unordered_map>

#include "counted_memory.hpp"
#include "crypto/constant_time.hpp"
#include "locket/token.hpp"
#include "token_maker.hpp"

namespace locket::policy {
namespace {

constexpr KeyGeneration first{1};
constexpr KeyGeneration second{2};
constexpr UnixTime now{1'000};

crypto::KeyedTag key_of(std::uint64_t number) {
  std::mt19937_64 random(number);
  crypto::KeyedTag key;
  for (std::size_t i = 0; i < key.size(); i += 8) {
    const std::uint64_t word = random();
    std::memcpy(key.data() + i, &word, 8);
  }
  return key;
}

ReadClaims claims_of(std::uint64_t number, std::int64_t expires_s = 2'000) {
  return {std::make_shared<const Claims>(Claims{"user-" + std::to_string(number), "c", {expires_s}}),
          {.not_before = {0}, .expires = {expires_s}}};
}

TEST(TokenCache, GivesWhatWasKeptForTheSameTokenAndKeys) {
  TokenCache cache(100);
  EXPECT_FALSE(cache.find(key_of(1), first));
  cache.insert(key_of(1), first, claims_of(1), now);
  ASSERT_TRUE(cache.find(key_of(1), first));
  EXPECT_EQ(cache.find(key_of(1), first)->claims->user, "user-1");
  EXPECT_EQ(cache.find(key_of(1), first)->period.expires.seconds, 2'000);
  EXPECT_FALSE(cache.find(key_of(1), second));
  EXPECT_FALSE(cache.find(key_of(2), first));
  cache.erase(key_of(1));
  EXPECT_FALSE(cache.find(key_of(1), first));
  cache.erase(key_of(1));
}

TEST(TokenCache, KeepsNothingWhereNothingMayBeKept) {
  TokenCache cache(0);
  cache.insert(key_of(1), first, claims_of(1), now);
  EXPECT_FALSE(cache.find(key_of(1), first));
  cache.erase(key_of(1));
}

TEST(TokenCache, TellsKeysApartThatDifferInASingleBit) {
  TokenCache cache(8);
  const crypto::KeyedTag kept = key_of(1);
  cache.insert(kept, first, claims_of(1), now);
  for (std::size_t bit = 0; bit < kept.size() * 8; ++bit) {
    crypto::KeyedTag other = kept;
    other[bit / 8] = static_cast<std::uint8_t>(other[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_FALSE(cache.find(other, first)) << bit;
    EXPECT_FALSE(crypto::equal_constant_time(kept, other)) << bit;
  }
  EXPECT_TRUE(crypto::equal_constant_time(kept, key_of(1)));
  EXPECT_TRUE(cache.find(kept, first));
}

TEST(TokenCache, NeverHoldsMoreThanItsLimit) {
  for (const std::uint32_t limit : {0U, 1U, 3U, 7U, 8U, 9U, 100U, 1'000U}) {
    TokenCache cache(limit);
    for (std::uint64_t i = 0; i < 5'000; ++i) cache.insert(key_of(i), first, claims_of(i), now);
    EXPECT_LE(cache.size(), limit);
    EXPECT_GE(cache.size(), limit / 8 * 8 * 9 / 10) << limit;
    cache.clear();
    EXPECT_EQ(cache.size(), 0U);
  }
}

TEST(TokenCache, ReplacesTheSameKeyInItsPlace) {
  TokenCache cache(8);
  for (int i = 0; i < 20; ++i) cache.insert(key_of(1), first, claims_of(static_cast<std::uint64_t>(i)), now);
  EXPECT_EQ(cache.size(), 1U);
  EXPECT_EQ(cache.find(key_of(1), first)->claims->user, "user-19");
}

TEST(TokenCache, MakesRoomFromSpentEntriesFirstAndThenFromTheLongestUnused) {
  TokenCache cache(8);  // one place
  for (std::uint64_t i = 0; i < 8; ++i) cache.insert(key_of(i), first, claims_of(i, i == 5 ? 1'000 : 2'000), now);
  cache.insert(key_of(100), first, claims_of(100), now);
  EXPECT_FALSE(cache.find(key_of(5), first)) << "expired at this very second";
  for (const std::uint64_t used : {0U, 1U, 3U, 4U, 6U, 7U, 100U}) EXPECT_TRUE(cache.find(key_of(used), first));
  cache.insert(key_of(101), first, claims_of(101), now);
  EXPECT_FALSE(cache.find(key_of(2), first)) << "not used since it came";
  // Entries of former keys are spent.
  cache.insert(key_of(102), second, claims_of(102), now);
  cache.insert(key_of(103), second, claims_of(103), now);
  EXPECT_TRUE(cache.find(key_of(102), second));
}

TEST(TokenCache, IsExactUnderRandomOperations) {
  TokenCache cache(512);
  std::unordered_map<std::uint64_t, std::string> kept;  // what was kept last; the cache may have less, never else
  std::mt19937_64 random(7);
  int hits = 0;
  for (int step = 0; step < 100'000; ++step) {
    const std::uint64_t number = random() % 700;
    switch (random() % 8) {
      case 0:
        cache.erase(key_of(number));
        kept.erase(number);
        break;
      case 1:
      case 2: {
        const std::uint64_t value = random() % 1'000;
        cache.insert(key_of(number), first, claims_of(value), now);
        kept[number] = "user-" + std::to_string(value);
        break;
      }
      default:
        if (const auto found = cache.find(key_of(number), first)) {
          ++hits;
          ASSERT_TRUE(kept.contains(number));
          ASSERT_EQ(found->claims->user, kept[number]);
        }
    }
  }
  EXPECT_GT(hits, 10'000);
}

TEST(TokenCache, ServesManyThreads) {
  TokenCache cache(64);
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    threads.emplace_back([&, seed] {
      std::mt19937_64 random(seed);
      for (int i = 0; i < 5'000; ++i) {
        const std::uint64_t number = random() % 100;
        if (i % 1'000 == 999) cache.clear();
        if (random() % 3 == 0) cache.insert(key_of(number), first, claims_of(number), now);
        const auto found = cache.find(key_of(number), first);
        if (found && found->claims->user != "user-" + std::to_string(number)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(KnownToken, IsVerifiedWithoutAnyAllocation) {
  const HandClock clock;
  auto verifier = make_jwks_token_verifier({}, make_static_key_source(TokenMaker::shared().all_keys()), {}, clock);
  ASSERT_TRUE(verifier);
  const std::string value = "Bearer " + TokenMaker::shared().good_token();
  ASSERT_TRUE((*verifier)->verify(*parse_bearer(value), clock.wall));
  const std::uint64_t before = CountedMemory::taken();
  const auto token = parse_bearer(value);
  const auto identity = (*verifier)->verify(*token, clock.wall);
  EXPECT_EQ(CountedMemory::taken() - before, 0U);
  EXPECT_TRUE(identity);
}

}  // namespace
}  // namespace locket::policy
