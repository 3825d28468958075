#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "locket/bytes.hpp"

namespace locket::policy {

/// A base64url text (RFC 4648 section 5) known to be the one canonical form of its bytes: no padding, no white space,
/// a possible length, and unused bits that are zero. A view: valid as long as the text.
class Base64url {
 public:
  /// Checks a text. Result: nothing for one that is not canonical. Allocates nothing. Any thread. Cost: linear.
  [[nodiscard]] static std::optional<Base64url> parse(std::string_view text) noexcept;

  /// The text itself.
  [[nodiscard]] std::string_view text() const noexcept { return text_; }

  /// How many bytes it stands for.
  [[nodiscard]] std::size_t decoded_bytes() const noexcept { return text_.size() * 3 / 4; }

  /// The bytes it stands for.
  [[nodiscard]] std::string decode() const;

 private:
  explicit Base64url(std::string_view text) noexcept : text_(text) {}

  std::string_view text_;
};

/// The canonical base64url text of some bytes. Any thread.
[[nodiscard]] std::string encode_base64url(BytesView bytes);

}  // namespace locket::policy
