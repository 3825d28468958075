#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace locket {

using Bytes = std::vector<std::byte>;
using BytesView = std::span<const std::byte>;

/// Looks at text as bytes. The view lives as long as the text. Never fails.
[[nodiscard]] inline BytesView as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

/// Looks at bytes as text. The view lives as long as the bytes. Never fails.
[[nodiscard]] inline std::string_view as_text(BytesView bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Bytes that never change, shared without a copy. Copying costs one atomic increment; any thread may read.
class SharedBytes {
 public:
  SharedBytes() = default;

  /// Takes over `bytes`. Cost: one allocation, no copy of the bytes.
  explicit SharedBytes(Bytes bytes) {
    auto held = std::make_shared<const Bytes>(std::move(bytes));
    view_ = BytesView(*held);
    owner_ = std::move(held);
  }

  /// Shares `view`, which must stay valid and unchanged as long as `owner` lives.
  SharedBytes(std::shared_ptr<const void> owner, BytesView view) noexcept : owner_(std::move(owner)), view_(view) {}

  SharedBytes(const SharedBytes&) = default;
  SharedBytes& operator=(const SharedBytes&) = default;
  ~SharedBytes() = default;

  /// Takes over; `other` then holds no bytes.
  SharedBytes(SharedBytes&& other) noexcept
      : owner_(std::move(other.owner_)), view_(std::exchange(other.view_, BytesView())) {}

  /// The same.
  SharedBytes& operator=(SharedBytes&& other) noexcept {
    owner_ = std::move(other.owner_);
    view_ = std::exchange(other.view_, BytesView());
    return *this;
  }

  /// The bytes; valid as long as this object or a copy of it lives.
  [[nodiscard]] BytesView view() const noexcept { return view_; }

  /// The count of bytes.
  [[nodiscard]] std::size_t size() const noexcept { return view_.size(); }

  /// Whether there are none.
  [[nodiscard]] bool empty() const noexcept { return view_.empty(); }

 private:
  std::shared_ptr<const void> owner_;
  BytesView view_;
};

}  // namespace locket
