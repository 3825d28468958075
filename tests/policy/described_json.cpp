#include "described_json.hpp"

#include <cstdio>

namespace locket::policy {

std::string describe(const JsonValue& value) {
  char number[40];
  switch (value.kind()) {
    case JsonKind::absent: return "absent";
    case JsonKind::null: return "n";
    case JsonKind::boolean: return *value.boolean() ? "t" : "f";
    case JsonKind::integer: return "i" + std::to_string(*value.integer());
    case JsonKind::decimal: std::snprintf(number, sizeof number, "d%.17g", *value.number()); return number;
    case JsonKind::string: return "s" + std::to_string(value.string()->size()) + ':' + std::string(*value.string());
    case JsonKind::array:
    case JsonKind::object: {
      std::string text = value.kind() == JsonKind::array ? "a" : "o";
      for (const JsonValue child : value) text += '<' + std::string(child.key()) + '=' + describe(child) + '>';
      return text + '.';
    }
  }
  return "unknown";
}

}  // namespace locket::policy
