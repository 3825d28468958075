#pragma once

#include <functional>

namespace locket::policy {

/// How surely two kinds of work take different time, after Reparaz, Balasch and Verbauwhede, "Dude, is my code constant
/// time?" (2017): both are run in random order, the slowest samples are left out, because something else ran then.
/// Inputs: how often work is run; the work, given 0 or 1. Result: Welch's t; beyond 4.5 on either side it is sure.
[[nodiscard]] double t_of(int samples, const std::function<void(int kind)>& work);

}  // namespace locket::policy
