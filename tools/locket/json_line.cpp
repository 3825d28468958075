#include "json_line.hpp"

#include <array>
#include <cstdio>
#include <iostream>

#include "utf8.hpp"

namespace locket::tool {
namespace {

constexpr unsigned no_control = 0x100;

// The control character that a text of UTF-8 begins with: C0, DEL or C1, which a terminal may obey as well (U+009B
// begins its commands).
unsigned control_at(std::string_view text) noexcept {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x20 || first == 0x7f) return first;
  if (first != 0xc2) return no_control;
  const auto second = static_cast<unsigned char>(text[1]);
  return second < 0xa0 ? second : no_control;
}

}  // namespace

std::string json_quoted(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const auto first = static_cast<unsigned char>(text.front());
    if (length == 0) {
      quoted += "\\ufffd";
    } else if (first == '"' || first == '\\') {
      quoted += '\\';
      quoted += text.front();
    } else if (const unsigned control = control_at(text); control != no_control) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", control);
      quoted += escape.data();
    } else {
      quoted += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return quoted + '"';
}

JsonLine& JsonLine::decimal(std::string_view key, double value) {
  std::array<char, 64> digits{};
  std::snprintf(digits.data(), digits.size(), "%.3f", value);
  return json(key, digits.data());
}

JsonLine& JsonLine::json(std::string_view key, std::string_view value) {
  if (members_.size() > 1) members_ += ',';
  members_ += json_quoted(key);
  members_ += ':';
  members_ += value;
  return *this;
}

void print_line(const JsonLine& line) { std::cout << line.str() << std::endl; }

}  // namespace locket::tool
