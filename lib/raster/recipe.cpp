#include <string_view>

#include "locket/picture.hpp"

namespace locket {
namespace {

std::string_view name(Fit fit) {
  switch (fit) {
    case Fit::cover: return "cover";
    case Fit::contain: return "contain";
    case Fit::stretch: return "stretch";
  }
  return "unknown";
}

std::string_view name(Filter filter) {
  switch (filter) {
    case Filter::lanczos3: return "lanczos3";
    case Filter::mitchell: return "mitchell";
    case Filter::catmull_rom: return "catmull_rom";
    case Filter::triangle: return "triangle";
    case Filter::box: return "box";
  }
  return "unknown";
}

void append_hex(std::string& text, std::uint8_t byte) {
  static constexpr char digits[] = "0123456789abcdef";
  text.push_back(digits[byte >> 4]);
  text.push_back(digits[byte & 15]);
}

}  // namespace

std::string to_string(const Recipe& recipe) {
  std::string text = std::to_string(renderer_version);
  text.append(" ").append(name(recipe.fit));
  text.append(" ").append(name(recipe.filter));
  text.append(recipe.effort == Effort::fast ? " fast " : " small ");
  for (const std::uint8_t part :
       {recipe.background.red, recipe.background.green, recipe.background.blue, recipe.background.alpha}) {
    append_hex(text, part);
  }
  return text;
}

}  // namespace locket
