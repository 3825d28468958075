#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "locket/store.hpp"

namespace locket {

/// A bounded memory of what is asked for often, from which a look through everything once drives nothing out (S3-FIFO:
/// newcomers wait in a small queue and come into the large one only when they are asked for again). Values are copied
/// out, so they should be small or shared. Any thread may call: a hit takes one lock in sixteen for a moment; what
/// comes and goes is decided under another.
template <class Key, class Value, class Hash>
class HotMemory {
 public:
  /// Input: the most bytes to hold, by the costs that `keep` is told; 0: keeps nothing.
  explicit HotMemory(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}
  HotMemory(const HotMemory&) = delete;
  HotMemory& operator=(const HotMemory&) = delete;

  /// Finds a value that was kept. Result: a copy; or nothing. Counts a hit or a miss. Allocates nothing.
  [[nodiscard]] std::optional<Value> find(const Key& key) {
    std::optional<Value> found;
    look_at(key, [&](const Value& value) { found = value; });
    return found;
  }

  /// The same without a copy. Input: what is done with the value, which must be short: it holds the lock.
  template <class Work>
  void look_at(const Key& key, const Work& work) {
    const std::uint64_t hash = Hash()(key);
    Shard& shard = shard_of(hash);
    const std::lock_guard guard(shard.mutex);
    Entry* const entry = shard.find(key, hash);
    if (entry == nullptr) {
      ++shard.misses;
      return;
    }
    ++shard.hits;
    const std::uint8_t uses = entry->uses.load(std::memory_order_relaxed);
    if (uses < uses_max) entry->uses.store(uses + 1, std::memory_order_relaxed);
    work(std::as_const(entry->value));
  }

  /// Keeps a value, or puts it in the place of the one that is kept, and makes room for it. Inputs: the key, the value,
  /// what it costs. What costs more than an eighth of the memory is not kept, nor what there is no memory for.
  void keep(const Key& key, Value value, std::uint64_t cost_bytes) noexcept {
    if (cost_bytes > bytes_max_ / share_of_one) return;
    const std::uint64_t hash = Hash()(key);
    try {
      const std::lock_guard guard(deciding_);
      if (!replace(key, hash, value, cost_bytes)) {
        Queue& queue = forgotten_.erase(hash) > 0 ? proven_ : fresh_;
        add(key, hash, std::move(value), cost_bytes, queue);
      }
      while (fresh_.bytes + proven_.bytes > bytes_max_) make_room();
    } catch (const std::bad_alloc&) {
      // Then it is not kept.
    }
  }

  /// What it holds and did. Never fails.
  [[nodiscard]] MemoryStatistics statistics() noexcept {
    MemoryStatistics told;
    for (Shard& shard : shards_) {
      const std::lock_guard guard(shard.mutex);
      told.hits += shard.hits;
      told.misses += shard.misses;
    }
    const std::lock_guard guard(deciding_);
    told.evictions = evictions_;
    told.entries = fresh_.entries.size() + proven_.entries.size();
    told.bytes = fresh_.bytes + proven_.bytes;
    return told;
  }

 private:
  static constexpr std::size_t shard_count = 16;
  static constexpr std::size_t chains_min = 16;
  static constexpr std::uint8_t uses_max = 3;
  static constexpr std::uint64_t share_of_one = 8;
  static constexpr std::uint64_t fresh_share = 10;  // newcomers may hold a tenth
  static constexpr std::size_t forgotten_min = 64;  // hashes of those who left, not values
  static constexpr std::size_t forgotten_max = 65'536;

  struct Queue;

  struct Entry {
    /// What is kept, by what it is found, what it costs and in which queue it waits.
    Entry(const Key& name, std::uint64_t name_hash, Value kept, std::uint64_t cost, Queue* home)
        : key(name), hash(name_hash), value(std::move(kept)), cost_bytes(cost), queue(home) {}
    const Key key;
    const std::uint64_t hash;
    Value value;
    std::uint64_t cost_bytes;
    Queue* queue;
    Entry* next = nullptr;  // of its chain
    std::atomic<std::uint8_t> uses{0};
  };

  // In the order in which they came; newest first.
  struct Queue {
    std::list<Entry> entries;
    std::uint64_t bytes = 0;
  };

  using Chains = std::vector<Entry*>;  // their count is a power of two, for a division would cost more than a search

  // Its chains change only under `deciding_` as well.
  struct alignas(64) Shard {
    std::mutex mutex;
    Chains chains;
    std::size_t count = 0;
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;

    Entry* find(const Key& key, std::uint64_t hash) const noexcept {
      if (chains.empty()) return nullptr;
      Entry* entry = chains[hash & (chains.size() - 1)];
      while (entry != nullptr && (entry->hash != hash || !(entry->key == key))) entry = entry->next;
      return entry;
    }
  };

  Shard& shard_of(std::uint64_t hash) noexcept { return shards_[hash >> 32U & (shard_count - 1)]; }

  static void link(Chains& chains, Entry& entry) noexcept {
    Entry*& first = chains[entry.hash & (chains.size() - 1)];
    entry.next = std::exchange(first, &entry);
  }

  static void unlink(Chains& chains, const Entry& entry) noexcept {
    Entry** place = &chains[entry.hash & (chains.size() - 1)];
    while (*place != &entry) place = &(*place)->next;
    *place = entry.next;
  }

  // Doubles the chains, so that there are never fewer than entries.
  static void lengthen(Shard& shard) {
    Chains chains(std::max(chains_min, shard.chains.size() * 2));
    const std::lock_guard guard(shard.mutex);
    for (Entry* entry : shard.chains) {
      while (entry != nullptr) link(chains, *std::exchange(entry, entry->next));
    }
    std::swap(shard.chains, chains);  // the old ones are freed after the lock
  }

  bool replace(const Key& key, std::uint64_t hash, Value& value, std::uint64_t cost_bytes) {
    Shard& shard = shard_of(hash);
    Entry* const entry = shard.find(key, hash);
    if (entry == nullptr) return false;
    entry->queue->bytes += cost_bytes - entry->cost_bytes;
    entry->cost_bytes = cost_bytes;
    const std::lock_guard guard(shard.mutex);
    std::swap(entry->value, value);  // the old one is freed after the lock
    return true;
  }

  void add(const Key& key, std::uint64_t hash, Value value, std::uint64_t cost_bytes, Queue& queue) {
    Shard& shard = shard_of(hash);
    if (shard.count == shard.chains.size()) lengthen(shard);
    Entry& entry = queue.entries.emplace_front(key, hash, std::move(value), cost_bytes, &queue);
    queue.bytes += cost_bytes;
    const std::lock_guard guard(shard.mutex);
    link(shard.chains, entry);
    ++shard.count;
  }

  void make_room() noexcept {
    const bool from_fresh = fresh_.bytes > bytes_max_ / fresh_share || proven_.entries.empty();
    Queue& queue = from_fresh ? fresh_ : proven_;
    Entry& oldest = queue.entries.back();
    const std::uint8_t uses = oldest.uses.load(std::memory_order_relaxed);
    if (from_fresh ? uses < 2 : uses == 0) {
      if (from_fresh) remember_forgotten(oldest.hash);
      return remove_oldest(queue);
    }
    // A newcomer that was asked for again is proven; a proven one has another round for each time.
    oldest.uses.store(from_fresh ? 0 : uses - 1, std::memory_order_relaxed);
    queue.bytes -= oldest.cost_bytes;
    proven_.bytes += oldest.cost_bytes;
    oldest.queue = &proven_;
    proven_.entries.splice(proven_.entries.begin(), queue.entries, std::prev(queue.entries.end()));
  }

  void remove_oldest(Queue& queue) noexcept {
    Entry& oldest = queue.entries.back();
    Shard& shard = shard_of(oldest.hash);
    {
      const std::lock_guard guard(shard.mutex);
      unlink(shard.chains, oldest);
      --shard.count;
    }
    queue.bytes -= oldest.cost_bytes;
    queue.entries.pop_back();  // the value is freed without the lock
    ++evictions_;
  }

  // As many of those who left are remembered as are proven, so that one who comes back at once is known.
  void remember_forgotten(std::uint64_t hash) noexcept {
    const std::size_t most = std::clamp(proven_.entries.size(), forgotten_min, forgotten_max);
    while (forgotten_order_.size() >= most) {
      forgotten_.erase(forgotten_order_.front());
      forgotten_order_.pop_front();
    }
    try {
      forgotten_order_.push_back(hash);
      forgotten_.insert(hash);
    } catch (const std::bad_alloc&) {
      // Then it comes back as a newcomer.
    }
  }

  const std::uint64_t bytes_max_;
  std::array<Shard, shard_count> shards_;

  std::mutex deciding_;  // guards all that follows, and the growth of every shard
  Queue fresh_;
  Queue proven_;
  std::deque<std::uint64_t> forgotten_order_;
  std::unordered_set<std::uint64_t> forgotten_;
  std::uint64_t evictions_ = 0;
};

}  // namespace locket
