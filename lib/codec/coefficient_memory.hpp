#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "codec/progressive_kernel.hpp"

namespace locket::codec {

/// The coefficients of a whole picture, all zero at first. One thread.
class CoefficientMemory {
 public:
  /// Throws std::bad_alloc.
  explicit CoefficientMemory(std::size_t fours);

  /// All of them, as long as this lives.
  [[nodiscard]] std::span<CoefficientFour> fours() noexcept { return {fours_.get(), count_}; }

  /// What so many of them take: whole large pages, where they would fill one. Never fails below 2^48 of them.
  [[nodiscard]] static std::size_t bytes_of(std::size_t fours) noexcept;

 private:
  struct Free {
    std::size_t alignment;
    /// Gives the memory back.
    void operator()(CoefficientFour* fours) const noexcept;
  };

  std::size_t count_;
  std::unique_ptr<CoefficientFour, Free> fours_;
};

}  // namespace locket::codec
