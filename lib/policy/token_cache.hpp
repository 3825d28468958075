#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "crypto/keyed_hash.hpp"
#include "locket/clock.hpp"
#include "policy/claims.hpp"

namespace locket::policy {

/// Which set of keys an entry was verified by; 0 stands for none.
struct KeyGeneration {
  std::uint64_t number = 0;

  bool operator==(const KeyGeneration&) const = default;
};

/// Tokens that were verified, by a keyed hash of their text; never the text. Bounded and set-associative: a token has
/// one place of eight slots, and nobody outside can tell which; there a spent entry, or else the one not used for
/// longest, makes room. Any thread may call; places are guarded by one lock in sixteen.
class TokenCache {
 public:
  /// Takes the memory for `entries_max` entries at once, about 90 bytes each; 0: keeps nothing.
  explicit TokenCache(std::uint32_t entries_max);

  /// Finds a token. Result: what was read from it, if it was verified by these keys. The time is the caller's to judge.
  /// Allocates nothing. Compares keys in constant time. Cost: one lock without contention, about 40 ns.
  [[nodiscard]] std::optional<ReadClaims> find(const crypto::KeyedTag& key, KeyGeneration verified_by) noexcept;

  /// Keeps a token that was verified by these keys; `now` tells which entries are spent. Allocates nothing.
  void insert(const crypto::KeyedTag& key, KeyGeneration verified_by, const ReadClaims& read, UnixTime now) noexcept;

  /// Drops a token, if it is there.
  void erase(const crypto::KeyedTag& key) noexcept;

  /// Drops all. Linear in the capacity.
  void clear() noexcept;

  /// How many entries are held. Linear in the capacity; for tests and statistics.
  [[nodiscard]] std::size_t size() noexcept;

 private:
  static constexpr std::size_t ways_max = 8;
  static constexpr std::size_t lock_count = 16;

  struct Slot {
    crypto::KeyedTag key;
    ReadClaims read;
    KeyGeneration verified_by;
    std::uint32_t last_used = 0;
  };

  // The first words of the keys stand together, so that a search reads one cache line.
  struct Place {
    std::array<std::uint64_t, ways_max> tags{};
    std::array<Slot, ways_max> slots;
    std::uint32_t uses = 0;
  };

  struct alignas(64) Lock {
    std::mutex mutex;
  };

  std::size_t place_of(std::uint64_t tag) const noexcept;
  Slot* search(Place& place, const crypto::KeyedTag& key) noexcept;

  std::size_t ways_;
  std::vector<Place> places_;
  std::array<Lock, lock_count> locks_;
};

}  // namespace locket::policy
