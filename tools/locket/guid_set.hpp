#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "locket/guid.hpp"

namespace locket::tool {

/// Remembers GUIDs in little memory: 16 bytes each, at most twice that. One thread at a time.
class GuidSet {
 public:
  GuidSet();

  /// Adds a GUID. Result: whether it is new.
  bool insert(const Guid& guid);

  /// The count of those that were added.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  [[nodiscard]] std::size_t place_of(const Guid& guid) const noexcept;
  void grow();

  std::uint64_t seed_;  // so that nobody can choose names that all fall into one place
  std::vector<Guid> places_;
  std::size_t size_ = 0;
  bool has_zero_ = false;  // the GUID of zeros marks an empty place
};

}  // namespace locket::tool
