#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "locket/clock.hpp"
#include "policy/claims.hpp"

namespace locket::policy {

/// The SHA-256 of a token.
using TokenDigest = std::array<std::uint8_t, 32>;

/// Which set of keys an entry was verified by; 0 stands for none.
struct KeyGeneration {
  std::uint64_t number = 0;

  bool operator==(const KeyGeneration&) const = default;
};

/// Tokens that were verified, by their digest; never the tokens themselves. Bounded and set-associative: a digest has
/// one place of eight slots, where a spent entry, or else the one not used for longest, makes room. Any thread may
/// call; places are guarded by one lock in sixteen.
class TokenCache {
 public:
  /// Takes the memory for `entries_max` entries at once, about 90 bytes each; 0: keeps nothing.
  explicit TokenCache(std::uint32_t entries_max);

  /// Finds a token. Result: what was read from it, if it was verified by these keys. The time is the caller's to judge.
  /// Allocates nothing. Compares digests in constant time. Cost: one lock without contention, about 40 ns.
  [[nodiscard]] std::optional<ReadClaims> find(const TokenDigest& digest, KeyGeneration keys) noexcept;

  /// Keeps a token that was verified by these keys; `now` tells which entries are spent. Allocates nothing.
  void insert(const TokenDigest& digest, KeyGeneration keys, const ReadClaims& read, UnixTime now) noexcept;

  /// Drops a token, if it is there.
  void erase(const TokenDigest& digest) noexcept;

  /// Drops all. Linear in the capacity.
  void clear() noexcept;

  /// How many entries are held. Linear in the capacity; for tests and statistics.
  [[nodiscard]] std::size_t size() noexcept;

 private:
  static constexpr std::size_t ways_max = 8;
  static constexpr std::size_t lock_count = 16;

  struct Slot {
    TokenDigest digest;
    ReadClaims read;
    KeyGeneration keys;
    std::uint32_t last_used = 0;
  };

  // The first words of the digests stand together, so that a search reads one cache line.
  struct Place {
    std::array<std::uint64_t, ways_max> tags{};
    std::array<Slot, ways_max> slots;
    std::uint32_t uses = 0;
  };

  struct alignas(64) Lock {
    std::mutex mutex;
  };

  std::size_t place_of(std::uint64_t tag) const noexcept;
  Slot* search(Place& place, const TokenDigest& digest) noexcept;

  std::size_t ways_;
  std::vector<Place> places_;
  std::array<Lock, lock_count> locks_;
};

}  // namespace locket::policy
