#include "codec/coefficient_memory.hpp"

#include <sys/mman.h>

#include <cstring>
#include <new>

namespace locket::codec {
namespace {

// Each page that is touched for the first time costs as much as decoding some of its blocks: large pages are few. They
// are filled with zeros whole, so that less than one is better taken from the small ones that the process has already.
constexpr std::size_t large_page_bytes = 2'097'152;

constexpr std::size_t alignment_of(std::size_t bytes) noexcept {
  return bytes < large_page_bytes ? alignof(CoefficientFour) : large_page_bytes;
}

}  // namespace

std::size_t CoefficientMemory::bytes_of(std::size_t fours) noexcept {
  const std::size_t bytes = fours * sizeof(CoefficientFour);
  if (bytes < large_page_bytes) return bytes;
  return (bytes + large_page_bytes - 1) / large_page_bytes * large_page_bytes;
}

CoefficientMemory::CoefficientMemory(std::size_t fours)
    : count_(fours), fours_(nullptr, Free{alignment_of(bytes_of(fours))}) {
  const std::size_t bytes = bytes_of(fours);
  void* const memory = ::operator new(bytes, std::align_val_t(alignment_of(bytes)));
  // Where the system has none, or may not give them, it is slower and nothing else.
  if (bytes >= large_page_bytes) static_cast<void>(madvise(memory, bytes, MADV_HUGEPAGE));
  fours_.reset(static_cast<CoefficientFour*>(std::memset(memory, 0, fours * sizeof(CoefficientFour))));
}

void CoefficientMemory::Free::operator()(CoefficientFour* fours) const noexcept {
  ::operator delete(fours, std::align_val_t(alignment));
}

}  // namespace locket::codec
