#pragma once

#include <cstddef>
#include <cstdint>

namespace locket::policy {

/// Counts what `operator new` gives in this program, and lets it fail when it is told to.
class CountedMemory {
 public:
  /// How many times this thread took memory.
  static std::uint64_t taken() noexcept;

  /// The bytes that all threads hold.
  static std::size_t held_bytes() noexcept;

  /// Lets this thread take memory so many times more and then no more, until `never_fail`.
  static void fail_after(std::uint64_t times) noexcept;

  /// Lets this thread take memory as it likes.
  static void never_fail() noexcept;
};

}  // namespace locket::policy
