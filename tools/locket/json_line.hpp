#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace locket::tool {

/// Quotes a text as a JSON string (RFC 8259), all control characters escaped, so that a terminal obeys none. Bytes that
/// are no UTF-8 become U+FFFD, so that any file name gives valid JSON.
[[nodiscard]] std::string json_quoted(std::string_view text);

/// Builds one JSON object for a line of output. Keys are literals of the program.
class JsonLine {
 public:
  /// Adds a text.
  JsonLine& text(std::string_view key, std::string_view value) { return json(key, json_quoted(value)); }

  /// Adds a whole number.
  JsonLine& number(std::string_view key, std::integral auto value) { return json(key, std::to_string(value)); }

  /// Adds a number with three digits after the point.
  JsonLine& decimal(std::string_view key, double value);

  /// Adds `true` or `false`.
  JsonLine& flag(std::string_view key, bool value) { return json(key, value ? "true" : "false"); }

  /// Adds a value that is JSON already.
  JsonLine& json(std::string_view key, std::string_view value);

  /// The object, without a line end.
  [[nodiscard]] std::string str() const { return members_ + "}"; }

 private:
  std::string members_ = "{";
};

/// Prints one object as a line on standard output, at once, so that a reader sees it when it happens.
void print_line(const JsonLine& line);

}  // namespace locket::tool
