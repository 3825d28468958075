#include "guid_set.hpp"

#include <cstring>
#include <random>
#include <utility>

namespace locket::tool {
namespace {

constexpr std::size_t places_at_first = 1'024;  // a power of two, as every later count

std::uint64_t mixed(std::uint64_t bits) noexcept {
  bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9ULL;
  bits = (bits ^ bits >> 27) * 0x94D049BB133111EBULL;
  return bits ^ bits >> 31;
}

std::uint64_t random_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

}  // namespace

GuidSet::GuidSet() : seed_(random_seed()), places_(places_at_first) {}

bool GuidSet::insert(const Guid& guid) {
  if (guid == Guid{}) {
    const bool is_new = !std::exchange(has_zero_, true);
    size_ += is_new ? 1 : 0;
    return is_new;
  }
  if (size_ >= places_.size() - places_.size() / 8) grow();
  const std::size_t place = place_of(guid);
  if (places_[place] == guid) return false;
  places_[place] = guid;
  ++size_;
  return true;
}

std::size_t GuidSet::place_of(const Guid& guid) const noexcept {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, guid.bytes.data(), sizeof high);
  std::memcpy(&low, guid.bytes.data() + sizeof high, sizeof low);
  const std::size_t mask = places_.size() - 1;
  auto place = static_cast<std::size_t>(mixed(mixed(high ^ seed_) ^ low)) & mask;
  while (places_[place] != Guid{} && places_[place] != guid) place = (place + 1) & mask;
  return place;
}

void GuidSet::grow() {
  const std::vector<Guid> old = std::exchange(places_, std::vector<Guid>(places_.size() * 2));
  for (const Guid& guid : old) {
    if (guid != Guid{}) places_[place_of(guid)] = guid;
  }
}

}  // namespace locket::tool
