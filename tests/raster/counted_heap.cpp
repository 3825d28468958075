#include "counted_heap.hpp"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace locket::raster {
namespace {

struct Counters {
  bool counting = false;
  std::int64_t held_bytes = 0;
  std::int64_t peak_bytes = 0;
  std::uint64_t requests = 0;
  std::uint64_t refuse_from = 0;
};

thread_local Counters counters;

void* take(std::size_t bytes, std::size_t alignment) {
  if (counters.counting && counters.requests++ >= counters.refuse_from) throw std::bad_alloc();
  const std::size_t whole = (std::max<std::size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
  void* const place = std::aligned_alloc(alignment, whole);
  if (place == nullptr) throw std::bad_alloc();
  counters.held_bytes += static_cast<std::int64_t>(malloc_usable_size(place));
  counters.peak_bytes = std::max(counters.peak_bytes, counters.held_bytes);
  return place;
}

void give_back(void* place) noexcept {
  if (place != nullptr) counters.held_bytes -= static_cast<std::int64_t>(malloc_usable_size(place));
  std::free(place);
}

}  // namespace

CountedHeap::CountedHeap(std::uint64_t refuse_from) noexcept { counters = {true, 0, 0, 0, refuse_from}; }

CountedHeap::~CountedHeap() { counters.counting = false; }

std::size_t CountedHeap::peak_bytes() const noexcept { return static_cast<std::size_t>(counters.peak_bytes); }

std::uint64_t CountedHeap::requests() const noexcept { return counters.requests; }

}  // namespace locket::raster

using locket::raster::give_back;
using locket::raster::take;

void* operator new(std::size_t bytes) { return take(bytes, alignof(std::max_align_t)); }
void* operator new[](std::size_t bytes) { return take(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return take(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return take(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* place) noexcept { give_back(place); }
void operator delete[](void* place) noexcept { give_back(place); }
void operator delete(void* place, std::size_t) noexcept { give_back(place); }
void operator delete[](void* place, std::size_t) noexcept { give_back(place); }
void operator delete(void* place, std::align_val_t) noexcept { give_back(place); }
void operator delete[](void* place, std::align_val_t) noexcept { give_back(place); }
void operator delete(void* place, std::size_t, std::align_val_t) noexcept { give_back(place); }
void operator delete[](void* place, std::size_t, std::align_val_t) noexcept { give_back(place); }
