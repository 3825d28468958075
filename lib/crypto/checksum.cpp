#include "crypto/checksum.hpp"

#define XXH_STATIC_LINKING_ONLY  // for a state that lives in our own memory
#include <xxhash.h>
#ifdef LOCKET_XXHASH_DISPATCH
#include <xxh_x86dispatch.h>  // replaces the names below by those of functions that choose by the CPU
#endif

#include <cstring>
#include <new>

namespace locket::crypto {
namespace {

Checksum canonical(XXH128_hash_t hash) noexcept {
  XXH128_canonical_t bytes;
  XXH128_canonicalFromHash(&bytes, hash);
  Checksum checksum;
  std::memcpy(checksum.data(), bytes.digest, checksum.size());
  return checksum;
}

/// Lets the library choose its vectors before any thread computes, for it chooses at the first long input, unguarded.
void choose_vectors() noexcept {
#ifdef LOCKET_XXHASH_DISPATCH
  static const bool chosen = [] {
    constexpr std::array<std::uint8_t, 1'024> some{};
    XXH3_state_t state;
    XXH3_INITSTATE(&state);
    XXH3_128bits_reset(&state);
    XXH3_128bits_update(&state, some.data(), some.size());
    static_cast<void>(XXH3_128bits(some.data(), some.size()));
    return true;
  }();
  static_cast<void>(chosen);
#endif
}

static_assert(sizeof(XXH3_state_t) == 576 && alignof(XXH3_state_t) == 64);

XXH3_state_t* state_in(std::byte* memory) noexcept { return std::launder(reinterpret_cast<XXH3_state_t*>(memory)); }

const XXH3_state_t* state_in(const std::byte* memory) noexcept {
  return std::launder(reinterpret_cast<const XXH3_state_t*>(memory));
}

}  // namespace

Checksum checksum(BytesView bytes) noexcept {
  choose_vectors();
  return canonical(XXH3_128bits(bytes.data(), bytes.size()));
}

Sealer::Sealer() noexcept {
  choose_vectors();
  new (state_.data()) XXH3_state_t;
  XXH3_INITSTATE(state_in(state_.data()));
  XXH3_128bits_reset(state_in(state_.data()));
}

Sealer& Sealer::add(BytesView value) noexcept {
  add(static_cast<std::int64_t>(value.size()));
  if (!value.empty()) XXH3_128bits_update(state_in(state_.data()), value.data(), value.size());
  return *this;
}

Sealer& Sealer::add(std::int64_t value) noexcept {
  std::array<std::uint8_t, 8> bytes;  // little-endian on every machine
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * i));
  }
  XXH3_128bits_update(state_in(state_.data()), bytes.data(), bytes.size());
  return *this;
}

std::int64_t Sealer::seal() const noexcept {
  return static_cast<std::int64_t>(XXH3_128bits_digest(state_in(state_.data())).low64);
}

Checksum Sealer::checksum() const noexcept { return canonical(XXH3_128bits_digest(state_in(state_.data()))); }

}  // namespace locket::crypto
