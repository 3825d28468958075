#include "base/hot_memory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <random>
#include <thread>
#include <unordered_map>
#include <vector>

namespace locket {
namespace {

struct NumberHash {
  std::size_t operator()(std::uint64_t number) const noexcept { return number * 0x9E3779B97F4A7C15ULL; }
};
using Memory = HotMemory<std::uint64_t, std::uint64_t, NumberHash>;

constexpr std::uint64_t cost_bytes = 10;

// Asks as a store does: what is not there is read and kept.
bool ask(Memory& memory, std::uint64_t key) {
  if (const auto found = memory.find(key)) {
    EXPECT_EQ(*found, key * 7);
    return true;
  }
  memory.keep(key, key * 7, cost_bytes);
  return false;
}

TEST(HotMemory, FindsWhatItKeepsAndCounts) {
  Memory memory(1'000);
  EXPECT_FALSE(memory.find(1));
  memory.keep(1, 11, 10);
  memory.keep(2, 22, 30);
  EXPECT_EQ(memory.find(1), 11U);
  EXPECT_EQ(memory.find(2), 22U);
  const MemoryStatistics told = memory.statistics();
  EXPECT_EQ(told.hits, 2U);
  EXPECT_EQ(told.misses, 1U);
  EXPECT_EQ(told.entries, 2U);
  EXPECT_EQ(told.bytes, 40U);
  EXPECT_EQ(told.evictions, 0U);
}

TEST(HotMemory, PutsANewValueInThePlaceOfTheOld) {
  Memory memory(1'000);
  memory.keep(1, 11, 10);
  memory.keep(1, 12, 25);
  EXPECT_EQ(memory.find(1), 12U);
  EXPECT_EQ(memory.statistics().entries, 1U);
  EXPECT_EQ(memory.statistics().bytes, 25U);
}

TEST(HotMemory, KeepsNothingWithoutRoom) {
  Memory none(0);
  none.keep(1, 11, 1);
  EXPECT_FALSE(none.find(1));
  Memory small(80);
  small.keep(1, 11, 11);  // more than an eighth
  EXPECT_FALSE(small.find(1));
  small.keep(1, 11, 10);
  EXPECT_TRUE(small.find(1));
}

TEST(HotMemory, NeverHoldsMoreThanItsBytes) {
  Memory memory(1'000);
  std::mt19937_64 random(5);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t key = random() % 400;
    if (random() % 2 == 0) {
      (void)memory.find(key);
    } else {
      memory.keep(key, key * 7, 1 + random() % 125);
    }
    const MemoryStatistics told = memory.statistics();
    ASSERT_LE(told.bytes, 1'000U);
  }
  EXPECT_GT(memory.statistics().evictions, 1'000U);
  EXPECT_GT(memory.statistics().bytes, 800U);
}

TEST(HotMemory, FreesWhatItForgets) {
  HotMemory<std::uint64_t, std::shared_ptr<int>, NumberHash> memory(1'000);
  std::vector<std::weak_ptr<int>> kept;
  for (std::uint64_t key = 0; key < 500; ++key) {
    auto value = std::make_shared<int>(static_cast<int>(key));
    kept.push_back(value);
    memory.keep(key, std::move(value), cost_bytes);
  }
  std::uint64_t alive = 0;
  for (const auto& value : kept) alive += value.expired() ? 0 : 1;
  EXPECT_EQ(alive, memory.statistics().entries);
  EXPECT_EQ(alive, 100U);
}

TEST(HotMemory, AScanDrivesNothingHotOut) {
  Memory memory(1'000);  // room for 100
  constexpr std::uint64_t hot = 60;
  for (int round = 0; round < 5; ++round) {
    for (std::uint64_t key = 0; key < hot; ++key) ask(memory, key);
  }
  for (std::uint64_t key = 1'000; key < 101'000; ++key) ask(memory, key);  // everything else, once
  std::uint64_t hits = 0;
  for (std::uint64_t key = 0; key < hot; ++key) hits += ask(memory, key) ? 1 : 0;
  EXPECT_EQ(hits, hot);
}

// What an exact list of the last used would answer with the same room, every entry of the same cost.
class LastUsed {
 public:
  explicit LastUsed(std::size_t entries_max) : entries_max_(entries_max) {}

  bool ask(std::uint64_t key) {
    if (const auto found = places_.find(key); found != places_.end()) {
      keys_.splice(keys_.begin(), keys_, found->second);
      return true;
    }
    keys_.push_front(key);
    places_[key] = keys_.begin();
    if (keys_.size() > entries_max_) {
      places_.erase(keys_.back());
      keys_.pop_back();
    }
    return false;
  }

 private:
  std::size_t entries_max_;
  std::list<std::uint64_t> keys_;
  std::unordered_map<std::uint64_t, std::list<std::uint64_t>::iterator> places_;
};

// Few keys are asked for often, many seldom: the k-th about 1/k as often as the first.
std::uint64_t by_rank(std::mt19937_64& random, std::uint64_t keys) {
  const double share = static_cast<double>(random() >> 11U) / 9007199254740992.0;
  return static_cast<std::uint64_t>(std::pow(static_cast<double>(keys), share)) - 1;
}

TEST(HotMemory, HitsMoreThanAnExactListOfTheLastUsedWhileOthersScan) {
  constexpr std::size_t room = 100;
  constexpr int asked = 60'000;
  Memory memory(room * cost_bytes);
  LastUsed last_used(room);
  std::mt19937_64 random(11);
  std::uint64_t scanned = 1'000'000;
  int ours = 0;
  int theirs = 0;
  for (int i = 0; i < asked; ++i) {
    const std::uint64_t key = by_rank(random, 2'000);
    ours += ask(memory, key) ? 1 : 0;
    theirs += last_used.ask(key) ? 1 : 0;
    if (i / 500 % 2 == 0) continue;  // every other while a scan goes on: each of these keys is asked for once
    for (int of_scan = 0; of_scan < 3; ++of_scan) {
      EXPECT_FALSE(ask(memory, scanned));
      EXPECT_FALSE(last_used.ask(scanned++));
    }
  }
  EXPECT_GT(ours, theirs + asked / 20);
}

TEST(HotMemory, HitsAboutAsOftenAsAnExactListOfTheLastUsedWithoutAScan) {
  constexpr std::size_t room = 100;
  Memory memory(room * cost_bytes);
  LastUsed last_used(room);
  std::mt19937_64 random(12);
  int ours = 0;
  int theirs = 0;
  for (int i = 0; i < 60'000; ++i) {
    const std::uint64_t key = by_rank(random, 2'000);
    ours += ask(memory, key) ? 1 : 0;
    theirs += last_used.ask(key) ? 1 : 0;
  }
  EXPECT_GT(ours, theirs * 97 / 100);
}

TEST(HotMemory, WhatIsHotBecomesKnownInTheMiddleOfAScan) {
  Memory memory(1'000);
  std::uint64_t scanned = 1'000;
  std::uint64_t hits = 0;
  for (int round = 0; round < 200; ++round) {
    for (std::uint64_t key = 0; key < 20; ++key) {
      hits += ask(memory, key) ? 1 : 0;
      ask(memory, scanned++);
    }
  }
  // A plain list of the last used would also do this one; a memory that lets no newcomer in would not.
  EXPECT_GT(hits, 200U * 20U * 9U / 10U);
}

TEST(HotMemory, ServesSeveralThreads) {
  HotMemory<std::uint64_t, std::shared_ptr<const std::uint64_t>, NumberHash> memory(2'000);
  std::vector<std::thread> threads;
  std::atomic<std::uint64_t> wrong{0};
  std::atomic<std::uint64_t> asked{0};
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    threads.emplace_back([&, seed] {
      std::mt19937_64 random(seed);
      for (int i = 0; i < 20'000; ++i) {
        const std::uint64_t key = random() % 300 * (random() % 2);
        asked.fetch_add(1);
        if (const auto found = memory.find(key)) {
          wrong.fetch_add(**found == key ? 0 : 1);
        } else {
          memory.keep(key, std::make_shared<const std::uint64_t>(key), cost_bytes);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0U);
  const MemoryStatistics told = memory.statistics();
  EXPECT_EQ(told.hits + told.misses, asked.load());
  EXPECT_LE(told.bytes, 2'000U);
}

TEST(HotMemory, NeverHoldsMoreThanItsBytesWhileThreadsFillIt) {
  Memory memory(1'000);
  std::atomic<bool> filling{true};
  std::vector<std::thread> threads;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    threads.emplace_back([&, seed] {
      std::mt19937_64 random(seed);
      for (int i = 0; i < 5'000; ++i) {
        const std::uint64_t key = random() % 400;
        if (!memory.find(key)) memory.keep(key, key * 7, 1 + random() % 125);
      }
    });
  }
  std::uint64_t most = 0;
  std::thread watcher([&] {
    while (filling) most = std::max(most, memory.statistics().bytes);
  });
  for (std::thread& thread : threads) thread.join();
  filling = false;
  watcher.join();
  EXPECT_LE(most, 1'000U);
  EXPECT_GT(memory.statistics().evictions, 1'000U);
}

}  // namespace
}  // namespace locket
