#pragma once

#include <functional>

namespace locket::policy {

/// By how much, and how surely, two kinds of work take different time.
struct TimedPair {
  double t = 0;              ///< Welch's t; beyond 4.5 on either side it is sure
  double difference_ns = 0;  ///< by how much the first kind takes longer in the mean
};

/// Times two kinds of work after Reparaz, Balasch and Verbauwhede, "Dude, is my code constant time?" (2017): both are
/// run in random order, the slowest samples are left out, because something else ran then.
/// Inputs: how often work is run; the work, given 0 or 1.
[[nodiscard]] TimedPair timed_pair(int samples, const std::function<void(int kind)>& work);

}  // namespace locket::policy
