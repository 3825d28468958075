#include <algorithm>
#include <array>
#include <charconv>
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

constexpr std::array fits{Fit::cover, Fit::contain, Fit::stretch};
constexpr std::array filters{Filter::lanczos3, Filter::mitchell, Filter::catmull_rom, Filter::triangle, Filter::box};

// The words up to the next space; `text` then begins behind it.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

template <class Number>
bool read_number(std::string_view word, int base, Number& number) {
  const char* end = word.data() + word.size();
  const auto [stopped, failure] = std::from_chars(word.data(), end, number, base);
  return failure == std::errc() && stopped == end;
}

}  // namespace

std::optional<NamedRecipe> parse_recipe(std::string_view text) {
  NamedRecipe named;
  std::string_view rest = text;
  const std::string_view version = take_word(rest);
  if (!read_number(version, 10, named.renderer_version)) return std::nullopt;
  if (version != std::to_string(named.renderer_version)) return std::nullopt;
  const std::string_view fit = take_word(rest);
  const std::string_view filter = take_word(rest);
  named.recipe.effort = take_word(rest) == "small" ? Effort::small : Effort::fast;
  for (const Fit one : fits) named.recipe.fit = name(one) == fit ? one : named.recipe.fit;
  for (const Filter one : filters) named.recipe.filter = name(one) == filter ? one : named.recipe.filter;
  std::uint32_t colour = 0;
  if (!read_number(take_word(rest), 16, colour)) return std::nullopt;
  const auto channel = [colour](unsigned shift) { return static_cast<std::uint8_t>(colour >> shift & 0xff); };
  named.recipe.background = {.red = channel(24), .green = channel(16), .blue = channel(8), .alpha = channel(0)};
  // Whatever was read wrongly above is written otherwise than it stood there.
  const std::string_view written = text.substr(std::min(text.find(' '), text.size()));
  const std::string again = to_string(named.recipe);
  if (std::string_view(again).substr(again.find(' ')) != written) return std::nullopt;
  return named;
}

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
