#include <algorithm>

#include "locket/request.hpp"

namespace locket {
namespace {

// Header names are ASCII; the locale must not matter.
constexpr char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter; }

bool same_name(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, {}, lower, lower);
}

}  // namespace

std::optional<std::string_view> Response::header(std::string_view name) const noexcept {
  for (const Header& header : headers) {
    if (same_name(header.name, name)) return header.value;
  }
  return std::nullopt;
}

}  // namespace locket
