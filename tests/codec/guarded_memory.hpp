#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <new>

namespace locket::codec {

/// Bytes between two pages that nobody may touch: at the front they begin right behind the first guard page, at the
/// back they end right before the second.
class GuardedMemory {
 public:
  enum class Side : std::uint8_t { front, back };

  GuardedMemory(std::size_t bytes, Side side) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t inner = (bytes + page - 1) / page * page;
    mapped_bytes_ = inner + 2 * page;
    map_ = mmap(nullptr, mapped_bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map_ == MAP_FAILED) throw std::bad_alloc();
    auto* const start = static_cast<std::uint8_t*>(map_) + page;
    if (mprotect(start, inner, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
    data_ = side == Side::front ? start : start + inner - bytes;
  }
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;
  ~GuardedMemory() { munmap(map_, mapped_bytes_); }

  [[nodiscard]] std::uint8_t* data() noexcept { return data_; }

 private:
  void* map_ = nullptr;
  std::size_t mapped_bytes_ = 0;
  std::uint8_t* data_ = nullptr;
};

}  // namespace locket::codec
