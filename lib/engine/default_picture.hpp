#pragma once

#include "base/image.hpp"
#include "locket/picture.hpp"

namespace locket::engine {

/// Draws the picture of an iModel that has none yet: a few plain buildings on a light ground, in integers only, so that
/// every machine draws the same. Any thread. May throw `std::bad_alloc`. Cost: some ten milliseconds for the large
/// size.
[[nodiscard]] Image draw_default_picture(Size size);

}  // namespace locket::engine
