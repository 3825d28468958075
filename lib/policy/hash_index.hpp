#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "locket/guid.hpp"

namespace locket::policy {

/// Mixes a 64-bit key so that every bit of it reaches the upper half of the result (the finalizer of splitmix64).
/// Not for an adversary's choice of keys. Never fails.
[[nodiscard]] constexpr std::uint64_t hash_of(std::uint64_t key) noexcept {
  key = (key ^ (key >> 30)) * 0xBF58476D1CE4E5B9ULL;
  key = (key ^ (key >> 27)) * 0x94D049BB133111EBULL;
  return key ^ (key >> 31);
}

/// The same of a text. Never fails.
[[nodiscard]] inline std::uint64_t hash_of(std::string_view text) noexcept {
  return hash_of(static_cast<std::uint64_t>(std::hash<std::string_view>{}(text)));
}

/// The same of a GUID. Never fails.
[[nodiscard]] inline std::uint64_t hash_of(const Guid& guid) noexcept {
  return hash_of(static_cast<std::uint64_t>(GuidHash{}(guid)));
}

/// Finds the places of entries that stand in an array of the owner's by the hash of their keys: open addressing with
/// linear probing, 16 to 32 bytes an entry, at most half full. The owner compares the keys. Reading is for any
/// thread, as long as nobody adds.
class HashIndex {
 public:
  /// An index that finds nothing.
  HashIndex() = default;

  /// Room for `entries`, below 2^32 - 1. Throws std::bad_alloc.
  explicit HashIndex(std::size_t entries) {
    if (entries > 0) slots_.resize(std::bit_ceil(entries * 2));
  }

  /// The place of the entry with this hash for which `same(place)` holds; or nothing. Never fails, allocates nothing.
  template <class Same>
  [[nodiscard]] std::optional<std::uint32_t> find(std::uint64_t hash, const Same& same) const {
    if (slots_.empty()) return std::nullopt;
    for (std::size_t at = hash >> 32;; ++at) {
      const Slot& slot = slots_[at & (slots_.size() - 1)];
      if (slot.place_plus_one == 0) return std::nullopt;
      if (slot.tag == static_cast<std::uint32_t>(hash) && same(slot.place_plus_one - 1)) return slot.place_plus_one - 1;
    }
  }

  /// Adds an entry that `find` does not find, up to the count that there is room for.
  void add(std::uint64_t hash, std::uint32_t place) noexcept {
    std::size_t at = hash >> 32;
    while (slots_[at & (slots_.size() - 1)].place_plus_one != 0) ++at;
    slots_[at & (slots_.size() - 1)] = {static_cast<std::uint32_t>(hash), place + 1};
  }

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t place_plus_one = 0;
  };

  std::vector<Slot> slots_;
};

}  // namespace locket::policy
