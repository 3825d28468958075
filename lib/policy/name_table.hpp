#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/hash_index.hpp"

namespace locket::policy {

/// Numbers names: all in one block, found by their hash, compared exactly. Any thread may read.
class NameTable {
 public:
  /// A table without names.
  NameTable() = default;

  /// Copies names of which none stands twice; the first gets the number 0. Throws std::bad_alloc. Cost: linear.
  explicit NameTable(const std::vector<std::string_view>& names) : index_(names.size()) {
    std::size_t bytes = 0;
    for (const std::string_view name : names) bytes += name.size();
    text_.reserve(bytes);
    ends_.reserve(names.size());
    for (const std::string_view name : names) {
      index_.add(hash_of(name), static_cast<std::uint32_t>(ends_.size()));
      text_ += name;
      ends_.push_back(text_.size());
    }
  }

  /// The number of a name, or nothing. Never fails, allocates nothing.
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view name) const noexcept {
    return index_.find(hash_of(name), [&](std::uint32_t number) { return at(number) == name; });
  }

 private:
  [[nodiscard]] std::string_view at(std::uint32_t number) const noexcept {
    const std::size_t start = number == 0 ? 0 : ends_[number - 1];
    return std::string_view(text_.data() + start, ends_[number] - start);
  }

  std::string text_;
  std::vector<std::size_t> ends_;
  HashIndex index_;
};

}  // namespace locket::policy
