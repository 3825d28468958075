#include "counted_memory.hpp"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <limits>
#include <new>

namespace locket::policy {
namespace {

constexpr std::uint64_t for_ever = std::numeric_limits<std::uint64_t>::max();

thread_local std::uint64_t taken_times = 0;
thread_local std::uint64_t times_left = for_ever;
std::atomic<std::size_t> held = 0;

void* take(std::size_t bytes, std::size_t alignment) noexcept {
  if (times_left == 0) return nullptr;
  if (times_left != for_ever) --times_left;
  ++taken_times;
  void* memory = alignment <= alignof(std::max_align_t)
                     ? std::malloc(bytes)
                     : std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (memory != nullptr) held += malloc_usable_size(memory);
  return memory;
}

void* take_or_throw(std::size_t bytes, std::size_t alignment) {
  void* memory = take(bytes, alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void give(void* memory) noexcept {
  if (memory != nullptr) held -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

std::uint64_t CountedMemory::taken() noexcept { return taken_times; }
std::size_t CountedMemory::held_bytes() noexcept { return held; }
void CountedMemory::fail_after(std::uint64_t times) noexcept { times_left = times; }
void CountedMemory::never_fail() noexcept { times_left = for_ever; }

}  // namespace locket::policy

using locket::policy::give;
using locket::policy::take;
using locket::policy::take_or_throw;

void* operator new(std::size_t bytes) { return take_or_throw(bytes, 1); }
void* operator new[](std::size_t bytes) { return take_or_throw(bytes, 1); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return take(bytes, 1); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return take(bytes, 1); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return take_or_throw(bytes, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return take(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { give(memory); }
void operator delete[](void* memory) noexcept { give(memory); }
void operator delete(void* memory, std::size_t) noexcept { give(memory); }
void operator delete[](void* memory, std::size_t) noexcept { give(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { give(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { give(memory); }
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept { give(memory); }
