#include "guarded_bytes.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <new>

namespace locket::raster {

GuardedBytes::GuardedBytes(std::size_t count, Side side) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t inner = (count + page - 1) / page * page;
  mapped_bytes_ = inner + 2 * page;
  void* const pages = mmap(nullptr, mapped_bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  pages_ = static_cast<std::uint8_t*>(pages);
  if (mprotect(pages_ + page, inner, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
  bytes_ = {pages_ + page + (side == Side::lower ? 0 : inner - count), count};
}

GuardedBytes::~GuardedBytes() { munmap(pages_, mapped_bytes_); }

}  // namespace locket::raster
