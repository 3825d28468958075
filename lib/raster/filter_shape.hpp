#pragma once

#include <span>

#include "locket/picture.hpp"

namespace locket::raster {

/// How far a filter reaches to either side of its centre, in pixels of the coarser grid: a whole number of half pixels.
/// Never fails. Any thread.
[[nodiscard]] double reach_of(Filter filter) noexcept;

/// Replaces distances in pixels (either sign) from a filter's centre by its values there; zero beyond its reach.
/// Formulas: Lanczos-3 is sinc(x) sinc(x/3); Mitchell-Netravali with B = C = 1/3; Catmull-Rom with B = 0, C = 1/2;
/// triangle 1 - |x|; box 1 within half a pixel, half of it on the very edge.
/// Uses only sums, products and quotients of doubles, which every CPU rounds the same way. Never fails. Any thread.
void shape(Filter filter, std::span<double> distances) noexcept;

}  // namespace locket::raster
