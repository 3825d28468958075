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
#include <unordered_map>
#include <unordered_set>
#include <utility>

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
    Shard& shard = shard_of(key);
    const std::lock_guard guard(shard.mutex);
    const auto found = shard.entries.find(key);
    if (found == shard.entries.end()) {
      ++shard.misses;
      return;
    }
    ++shard.hits;
    Entry& entry = found->second;
    const std::uint8_t uses = entry.uses.load(std::memory_order_relaxed);
    if (uses < uses_max) entry.uses.store(uses + 1, std::memory_order_relaxed);
    work(std::as_const(entry.value));
  }

  /// Keeps a value, or puts it in the place of the one that is kept, and makes room for it. Inputs: the key, the value,
  /// what it costs. What costs more than an eighth of the memory is not kept, nor what there is no memory for.
  void keep(const Key& key, Value value, std::uint64_t cost_bytes) noexcept {
    if (cost_bytes > bytes_max_ / share_of_one) return;
    try {
      const std::lock_guard guard(deciding_);
      if (!replace(key, value, cost_bytes)) {
        Queue& queue = was_forgotten(key) ? proven_ : fresh_;
        add(key, std::move(value), cost_bytes, queue);
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
    told.entries = fresh_.keys.size() + proven_.keys.size();
    told.bytes = fresh_.bytes + proven_.bytes;
    return told;
  }

 private:
  static constexpr std::size_t shard_count = 16;
  static constexpr std::uint8_t uses_max = 3;
  static constexpr std::uint64_t share_of_one = 8;
  static constexpr std::uint64_t fresh_share = 10;  // newcomers may hold a tenth
  static constexpr std::size_t forgotten_min = 64;  // hashes of those who left, not values
  static constexpr std::size_t forgotten_max = 65'536;

  // Keys in the order in which they came; newest first.
  struct Queue {
    std::list<Key> keys;
    std::uint64_t bytes = 0;
  };

  struct Entry {
    /// What is kept, what it costs and in which queue it waits.
    Entry(Value kept, std::uint64_t cost, Queue* home) : value(std::move(kept)), cost_bytes(cost), queue(home) {}
    Value value;
    std::uint64_t cost_bytes;
    Queue* queue;
    std::atomic<std::uint8_t> uses{0};
  };

  struct alignas(64) Shard {
    std::mutex mutex;
    std::unordered_map<Key, Entry, Hash> entries;  // grows and shrinks only under `deciding_` as well
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
  };

  Shard& shard_of(const Key& key) noexcept { return shards_[Hash()(key) >> 32U & (shard_count - 1)]; }

  bool replace(const Key& key, Value& value, std::uint64_t cost_bytes) {
    Shard& shard = shard_of(key);
    const auto found = shard.entries.find(key);
    if (found == shard.entries.end()) return false;
    Entry& entry = found->second;
    entry.queue->bytes += cost_bytes - entry.cost_bytes;
    entry.cost_bytes = cost_bytes;
    const std::lock_guard guard(shard.mutex);
    std::swap(entry.value, value);  // the old one is freed after the lock
    return true;
  }

  void add(const Key& key, Value value, std::uint64_t cost_bytes, Queue& queue) {
    queue.keys.push_front(key);
    try {
      Shard& shard = shard_of(key);
      const std::lock_guard guard(shard.mutex);
      shard.entries.try_emplace(key, std::move(value), cost_bytes, &queue);
    } catch (...) {
      queue.keys.pop_front();
      throw;
    }
    queue.bytes += cost_bytes;
  }

  void make_room() noexcept {
    const bool from_fresh = fresh_.bytes > bytes_max_ / fresh_share || proven_.keys.empty();
    Queue& queue = from_fresh ? fresh_ : proven_;
    const Key& oldest = queue.keys.back();
    Entry& entry = shard_of(oldest).entries.find(oldest)->second;
    const std::uint8_t uses = entry.uses.load(std::memory_order_relaxed);
    if (from_fresh ? uses < 2 : uses == 0) {
      if (from_fresh) remember_forgotten(Hash()(oldest));
      return remove_oldest(queue);
    }
    // A newcomer that was asked for again is proven; a proven one has another round for each time.
    entry.uses.store(from_fresh ? 0 : uses - 1, std::memory_order_relaxed);
    queue.bytes -= entry.cost_bytes;
    proven_.bytes += entry.cost_bytes;
    entry.queue = &proven_;
    proven_.keys.splice(proven_.keys.begin(), queue.keys, std::prev(queue.keys.end()));
  }

  void remove_oldest(Queue& queue) noexcept {
    const Key& oldest = queue.keys.back();
    Shard& shard = shard_of(oldest);
    typename decltype(shard.entries)::node_type removed;  // freed after the lock
    {
      const std::lock_guard guard(shard.mutex);
      removed = shard.entries.extract(shard.entries.find(oldest));
    }
    queue.bytes -= removed.mapped().cost_bytes;
    queue.keys.pop_back();
    ++evictions_;
  }

  bool was_forgotten(const Key& key) noexcept { return forgotten_.erase(Hash()(key)) > 0; }

  // As many of those who left are remembered as are proven, so that one who comes back at once is known.
  void remember_forgotten(std::uint64_t hash) noexcept {
    const std::size_t most = std::clamp(proven_.keys.size(), forgotten_min, forgotten_max);
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
