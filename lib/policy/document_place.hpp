#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "locket/error.hpp"

namespace locket::policy {

/// A place in an access document, as a chain from the inside out, so that nothing is written down until a fault must
/// be told. A place and all of its outer ones must outlive its use; it is copied for nothing.
class DocumentPlace {
 public:
  /// The whole document.
  DocumentPlace() = default;

  /// The value under a fixed key, as in `itwins` or `.roles`. The key must outlive this.
  [[nodiscard]] DocumentPlace member(std::string_view key) const noexcept { return {this, key, std::nullopt, false}; }

  /// The element of an array, as in `[3]`.
  [[nodiscard]] DocumentPlace element(std::size_t index) const noexcept { return {this, {}, index, false}; }

  /// The value under a key that came from outside, as in `["viewer"]`. The key must outlive this.
  [[nodiscard]] DocumentPlace named(std::string_view key) const noexcept { return {this, key, std::nullopt, true}; }

  /// The place in words: `itwins[2].members[0].roles[1]`; keys from outside quoted and escaped; `document` for the
  /// whole.
  [[nodiscard]] std::string to_text() const;

  /// `access_document_invalid` with this place and what is wrong there.
  [[nodiscard]] std::unexpected<Error> fault(std::string_view what) const;

 private:
  DocumentPlace(const DocumentPlace* outer, std::string_view key, std::optional<std::size_t> index,
                bool quoted) noexcept
      : outer_(outer), key_(key), index_(index), quoted_(quoted) {}

  void append_to(std::string& text) const;

  const DocumentPlace* outer_ = nullptr;
  std::string_view key_;
  std::optional<std::size_t> index_;
  bool quoted_ = false;
};

}  // namespace locket::policy
