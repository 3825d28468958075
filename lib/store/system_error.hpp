#pragma once

#include <cstring>
#include <string_view>

namespace locket::store {

/// The words for an `errno`, the same in every locale. Static; never fails. Any thread.
[[nodiscard]] inline std::string_view error_words(int error) noexcept {
  const char* const words = strerrordesc_np(error);
  return words == nullptr ? std::string_view("unknown error") : std::string_view(words);
}

}  // namespace locket::store
