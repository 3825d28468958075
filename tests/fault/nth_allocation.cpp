#include "fault/nth_allocation.hpp"

#include <sqlite3.h>

#include <cstdlib>
#include <new>
#include <stdexcept>

namespace locket::fault {
namespace {

thread_local bool is_inside = false;
std::uint64_t refused_from = 0;  // 0: none
std::uint64_t refused_to = 0;
std::uint64_t requests = 0;

sqlite3_mem_methods real_memory;

bool is_refused() noexcept {
  if (!is_inside || refused_from == 0) return false;
  ++requests;
  return requests >= refused_from && requests <= refused_to;
}

void* allocate_for_sqlite(int size) { return is_refused() ? nullptr : real_memory.xMalloc(size); }
void* reallocate_for_sqlite(void* memory, int size) {
  return is_refused() ? nullptr : real_memory.xRealloc(memory, size);
}

void* allocate(std::size_t size, std::size_t alignment) {
  void* const memory = is_refused()                             ? nullptr
                       : alignment <= alignof(std::max_align_t) ? std::malloc(size == 0 ? 1 : size)
                                                                : std::aligned_alloc(alignment, size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void use_fault_memory() {
  const bool known = sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory) == SQLITE_OK;
  sqlite3_mem_methods ours = real_memory;
  ours.xMalloc = allocate_for_sqlite;
  ours.xRealloc = reallocate_for_sqlite;
  if (!known || sqlite3_config(SQLITE_CONFIG_MALLOC, &ours) != SQLITE_OK) throw std::logic_error("SQLite runs already");
}

NthAllocation::NthAllocation(std::uint64_t nth, Lasts lasts) noexcept {
  refused_from = nth;
  refused_to = lasts == Lasts::once ? nth : UINT64_MAX;
  requests = 0;
}

NthAllocation::~NthAllocation() { refused_from = 0; }

bool NthAllocation::fired() const noexcept { return requests >= refused_from; }

NthAllocation::Span::Span() noexcept { is_inside = true; }
NthAllocation::Span::~Span() { is_inside = false; }

}  // namespace locket::fault

// Those of arrays are made of these.
void* operator new(std::size_t size) { return locket::fault::allocate(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto align = static_cast<std::size_t>(alignment);
  return locket::fault::allocate((size + align - 1) / align * align, align);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
