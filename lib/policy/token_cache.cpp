#include "policy/token_cache.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "crypto/constant_time.hpp"

namespace locket::policy {
namespace {

// The part of a key that picks its place and filters its slots.
std::uint64_t tag_of(const crypto::KeyedTag& key) noexcept {
  std::uint64_t tag = 0;
  std::memcpy(&tag, key.data(), sizeof tag);
  return tag;
}

}  // namespace

TokenCache::TokenCache(std::uint32_t entries_max)
    : ways_(std::min<std::size_t>(entries_max, ways_max)), places_(ways_ == 0 ? 0 : entries_max / ways_) {}

// Scales the tag onto the places: cheaper than a division.
std::size_t TokenCache::place_of(std::uint64_t tag) const noexcept {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::size_t>(static_cast<Wide>(tag) * places_.size() >> 64);
}

TokenCache::Slot* TokenCache::search(Place& place, const crypto::KeyedTag& key) noexcept {
  const std::uint64_t tag = tag_of(key);
  for (std::size_t i = 0; i < ways_; ++i) {
    Slot& slot = place.slots[i];
    if (place.tags[i] == tag && slot.read.claims && crypto::equal_constant_time(slot.key, key)) return &slot;
  }
  return nullptr;
}

std::optional<ReadClaims> TokenCache::find(const crypto::KeyedTag& key, KeyGeneration verified_by) noexcept {
  if (places_.empty()) return std::nullopt;
  const std::size_t index = place_of(tag_of(key));
  const std::lock_guard guard(locks_[index % lock_count].mutex);
  Place& place = places_[index];
  Slot* slot = search(place, key);
  if (slot == nullptr || slot->verified_by != verified_by) return std::nullopt;
  slot->last_used = ++place.uses;
  return slot->read;
}

void TokenCache::insert(const crypto::KeyedTag& key, KeyGeneration verified_by, const ReadClaims& read,
                        UnixTime now) noexcept {
  if (places_.empty()) return;
  ReadClaims replaced = read;  // what makes room is freed after the lock
  const std::size_t index = place_of(tag_of(key));
  const std::lock_guard guard(locks_[index % lock_count].mutex);
  Place& place = places_[index];
  Slot* slot = search(place, key);
  if (slot == nullptr) {
    const auto worth = [&](const Slot& held) -> std::uint32_t {
      const bool spent = !held.read.claims || held.verified_by != verified_by || held.read.period.expires <= now;
      return spent ? 0 : held.last_used;
    };
    const auto first = place.slots.begin();
    const auto last = first + static_cast<std::ptrdiff_t>(ways_);
    slot = &*std::min_element(first, last, [&](const Slot& a, const Slot& b) { return worth(a) < worth(b); });
  }
  place.tags[static_cast<std::size_t>(slot - place.slots.data())] = tag_of(key);
  slot->key = key;
  slot->verified_by = verified_by;
  slot->last_used = ++place.uses;
  std::swap(slot->read, replaced);
}

void TokenCache::erase(const crypto::KeyedTag& key) noexcept {
  if (places_.empty()) return;
  const std::size_t index = place_of(tag_of(key));
  const std::lock_guard guard(locks_[index % lock_count].mutex);
  if (Slot* slot = search(places_[index], key)) slot->read = {};
}

void TokenCache::clear() noexcept {
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const std::lock_guard guard(locks_[i % lock_count].mutex);
    for (Slot& slot : places_[i].slots) slot.read = {};
  }
}

std::size_t TokenCache::size() noexcept {
  std::size_t count = 0;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const std::lock_guard guard(locks_[i % lock_count].mutex);
    for (const Slot& slot : places_[i].slots) count += slot.read.claims ? 1 : 0;
  }
  return count;
}

}  // namespace locket::policy
