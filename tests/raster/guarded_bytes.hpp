#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace locket::raster {

/// Memory between two pages that must not be touched: a read or write beyond it ends the test.
class GuardedBytes {
 public:
  /// Which of the two pages the bytes touch.
  enum class Side : std::uint8_t { lower, upper };

  /// Throws `std::bad_alloc`.
  GuardedBytes(std::size_t count, Side side);
  ~GuardedBytes();
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;

  /// The bytes; zeros at first.
  [[nodiscard]] std::span<std::uint8_t> bytes() const noexcept { return bytes_; }

 private:
  std::uint8_t* pages_ = nullptr;
  std::size_t mapped_bytes_ = 0;
  std::span<std::uint8_t> bytes_;
};

}  // namespace locket::raster
