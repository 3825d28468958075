#include "engine/query.hpp"

#include <algorithm>

#include "locket/request.hpp"

namespace locket {
namespace engine {
namespace {

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

// An escape that is none stays as it is: it then can not be a valid name or value.
std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      decoded.push_back(static_cast<char>(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2])));
      i += 2;
    } else {
      decoded.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return decoded;
}

// The plain spelling is by far the commonest; nothing is decoded for it.
bool names_size(std::string_view name) {
  if (name.find('%') == std::string_view::npos) return name == "size";
  return percent_decoded(name) == "size";
}

std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return taken;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool same_ascii(std::string_view left, std::string_view lower_case) {
  return std::ranges::equal(left, lower_case,
                            [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b; });
}

}  // namespace

Result<Size> parse_size(std::string_view query) {
  if (query == "size=large") return Size::large;  // nearly every request says it so, or nothing
  std::string values;
  int count = 0;
  while (!query.empty()) {
    std::string_view value = take_until(query, '&');
    const std::string_view name = take_until(value, '=');
    if (!names_size(name)) continue;
    if (count > 0) values.push_back(',');
    values.append(percent_decoded(value));
    ++count;
  }
  if (count == 0 || (count == 1 && values == "small")) return Size::small;
  if (count == 1 && values == "large") return Size::large;
  return fail(Code::size_invalid, std::move(values));
}

Result<MediaType> parse_content_type(std::string_view value) {
  std::string_view rest = value;
  const std::string_view type = trimmed(take_until(rest, ';'));
  if (trimmed(value).empty()) return fail(Code::content_type_missing);
  if (same_ascii(type, "image/png")) return MediaType::png;
  if (same_ascii(type, "image/jpeg")) return MediaType::jpeg;
  return fail(Code::content_type_unsupported, std::string(value));
}

}  // namespace engine

bool names_etag(std::string_view list, std::string_view etag, bool weak) noexcept {
  // A star stands alone; one that a line or an empty element follows is the same one.
  bool has_star = false;
  bool has_other = false;
  // No tag of ours holds a comma, so cutting at commas finds every one that could match.
  while (!list.empty()) {
    std::string_view tag = engine::trimmed(engine::take_until(list, ','));
    const bool is_star = tag == "*";
    has_star = has_star || is_star;
    has_other = has_other || (!is_star && !tag.empty());
    if (weak && tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == etag) return true;
  }
  return has_star && !has_other;
}

}  // namespace locket
