#pragma once

#include <cstdint>

#include "fault/disk_observer.hpp"

namespace locket::fault {

/// Whether a fault goes away again.
enum class Lasts : std::uint8_t { once, from_then_on };

/// Lets the n-th call to the disk fail, of those that can fail in this way.
class NthFault : public DiskObserver {
 public:
  /// Input: how; which call, counted from 1; and whether those after it fail as well.
  NthFault(Fault fault, std::uint64_t nth, Lasts lasts) noexcept : fault_(fault), nth_(nth), lasts_(lasts) {}

  Fault before(Call call) override;

  /// Whether any call was spoilt.
  [[nodiscard]] bool fired() const noexcept { return calls_ >= nth_; }

 private:
  Fault fault_;
  std::uint64_t nth_;
  Lasts lasts_;
  std::uint64_t calls_ = 0;
};

}  // namespace locket::fault
