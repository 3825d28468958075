#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>

#include "locket/limits.hpp"
#include "locket/picture.hpp"

namespace locket::tool {

/// How pictures are read and rendered: the options that `import` and `render` share.
struct RecipeOptions {
  Recipe recipe;
  Limits limits;
};

/// Adds `--fit`, `--filter`, `--effort`, `--background` and `--bytes-max` to a verb.
/// Result: what they say, filled once the command line was read.
[[nodiscard]] std::shared_ptr<RecipeOptions> add_recipe_options(CLI::App& verb);

}  // namespace locket::tool
