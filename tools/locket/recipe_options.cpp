#include "recipe_options.hpp"

#include <charconv>
#include <map>
#include <string>

#include "program.hpp"

namespace locket::tool {
namespace {

const std::map<std::string, Fit> fits{{"cover", Fit::cover}, {"contain", Fit::contain}, {"stretch", Fit::stretch}};
const std::map<std::string, Filter> filters{{"lanczos3", Filter::lanczos3},
                                            {"mitchell", Filter::mitchell},
                                            {"catmull-rom", Filter::catmull_rom},
                                            {"triangle", Filter::triangle},
                                            {"box", Filter::box}};
const std::map<std::string, Effort> efforts{{"fast", Effort::fast}, {"small", Effort::small}};

template <class Choice>
CLI::Option* add_choice(CLI::App& verb, const char* name, Choice& chosen, const std::map<std::string, Choice>& choices,
                        const char* help) {
  std::string names;
  for (const auto& [word, value] : choices) names += (names.empty() ? "" : "|") + word;
  const auto read = [&chosen, &choices, name, names](const std::string& word) {
    const auto found = choices.find(word);
    if (found == choices.end()) throw CLI::ValidationError(name, "must be one of " + names + ", not " + word);
    chosen = found->second;
  };
  return verb.add_option_function<std::string>(name, read, help)->type_name(names);
}

// RRGGBB or RRGGBBAA.
Colour read_colour(const std::string& word) {
  std::uint32_t bits = 0;
  const char* end = word.data() + word.size();
  const auto [stopped, failure] = std::from_chars(word.data(), end, bits, 16);
  if ((word.size() != 6 && word.size() != 8) || failure != std::errc() || stopped != end) {
    throw CLI::ValidationError("--background", "must be RRGGBB or RRGGBBAA in hexadecimal, not " + word);
  }
  if (word.size() == 6) bits = bits << 8 | 0xff;
  const auto channel = [bits](unsigned shift) { return static_cast<std::uint8_t>(bits >> shift & 0xff); };
  return {.red = channel(24), .green = channel(16), .blue = channel(8), .alpha = channel(0)};
}

}  // namespace

std::shared_ptr<RecipeOptions> add_recipe_options(CLI::App& verb) {
  auto option = std::make_shared<RecipeOptions>();
  Recipe& recipe = option->recipe;
  add_choice(verb, "--fit", recipe.fit, fits, "how another shape fills 16:10 [cover]");
  add_choice(verb, "--filter", recipe.filter, filters, "what resamples [lanczos3]");
  add_choice(verb, "--effort", recipe.effort, efforts, "how hard PNGs are pressed [fast]");
  verb.add_option_function<std::string>(
          "--background",
          [option = option.get()](const std::string& word) { option->recipe.background = read_colour(word); },
          "what `--fit contain` pads with [transparent]")
      ->type_name("RRGGBB[AA]");
  verb.add_option("--bytes-max", option->limits.picture_bytes_max, "the largest picture file that is read [5242880]")
      ->type_name("BYTES")
      ->check(whole_number(1, std::uint64_t{1} << 31));
  return option;
}

}  // namespace locket::tool
