#pragma once

#include <cstdint>

#include "fault/nth_fault.hpp"

namespace locket::fault {

/// Makes SQLite ask this program for its memory, so that it can be refused. Called before SQLite is first used, once.
/// Programs that link this file have an `operator new` that can be refused as well.
void use_fault_memory();

/// Refuses the n-th request for memory, of C++ and of SQLite together, among those that this thread makes while it is
/// inside a `Span`. One at a time.
class NthAllocation {
 public:
  /// Input: which request, counted from 1, and whether all after it are refused as well.
  NthAllocation(std::uint64_t nth, Lasts lasts) noexcept;
  NthAllocation(const NthAllocation&) = delete;
  NthAllocation& operator=(const NthAllocation&) = delete;
  ~NthAllocation();

  /// Whether any request was refused.
  [[nodiscard]] bool fired() const noexcept;

  /// A part of the work in which requests are counted and refused.
  class Span {
   public:
    Span() noexcept;
    Span(const Span&) = delete;
    Span& operator=(const Span&) = delete;
    ~Span();
  };
};

}  // namespace locket::fault
